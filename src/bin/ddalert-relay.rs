//! `ddalert-relay`: read the environment once, run the Lambda runtime.
fn main() {}
