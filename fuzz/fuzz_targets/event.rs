#![no_main]

mod panics;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    panics::ignore_caught();
    rollcall_testing::checks::event::check(bytes);
});
