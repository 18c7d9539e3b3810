//! Everything that can be shown, compared or hashed is: a part of the program `api`.

use blazeio_proofs::opaque;
use core::fmt::{Debug, Display, Write};
use core::hash::Hash;

/// A place for text to go.
struct Sink;

impl Write for Sink {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        opaque(text);
        opaque(Ok(()))
    }
}

pub fn show<T: Debug>(value: &T) {
    let _ = opaque(write!(Sink, "{:?}", opaque(value)));
}

pub fn print<T: Display>(value: &T) {
    let _ = opaque(write!(Sink, "{}", opaque(value)));
}

pub fn described<T: core::error::Error>(error: &T) {
    opaque(opaque(error).source().is_some());
}

pub fn same<T: PartialEq>(a: &T, b: &T) {
    opaque(opaque(a) == opaque(b));
}

pub fn hash<T: Hash>(value: &T) {
    struct Plain;
    impl core::hash::Hasher for Plain {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            opaque(bytes);
        }
    }
    opaque(value).hash(&mut Plain);
}
