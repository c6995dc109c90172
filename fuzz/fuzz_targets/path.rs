#![no_main]

mod guarded;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    guarded::let_pass();
    rollcall_fuzz::path::check(bytes);
});
