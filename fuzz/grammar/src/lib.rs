//! HTTP/1.1 as the RFCs write it: a grammar to hold the core against.
#![forbid(unsafe_code)]
