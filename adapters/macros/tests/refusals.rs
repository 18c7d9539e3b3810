//! What the attribute refuses, and what the compiler says of it, and where.

#[test]
fn errors_are_told_at_their_place() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
