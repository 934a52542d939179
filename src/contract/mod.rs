//! What the command line and the relay agree on, each thing once.

pub mod batch;
pub mod endpoint;
pub mod envelope;
pub mod environment;
pub mod failure_record;
pub mod log;
pub mod message_key;
pub mod relay_answer;
pub mod relay_version;
pub mod secret_store;
pub mod text_message;
