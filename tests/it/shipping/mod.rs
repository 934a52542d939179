//! What a release is: the relays that it carries, the architecture that a function gets, and the archive that needs nothing else.

mod architecture;
mod archive;
mod junit;
mod pipelines;
mod relays;
