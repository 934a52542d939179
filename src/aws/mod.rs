//! The only code that speaks to an AWS account.
