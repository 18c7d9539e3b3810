#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| blazeio_oracles::range::run(data));
