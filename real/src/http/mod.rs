//! HTTP/1.1 without input and output: bytes in, decisions out.
