//! The Lambda side: an SNS event in, one POST a message out.
