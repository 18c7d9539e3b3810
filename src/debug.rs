//! `Debug` of structs with many fields, without a panic.
//!
//! Decides nothing. `derive(Debug)` on a struct of more than five fields calls a function of
//! `core` that asserts the number of its arguments, and so links a panic into every program.

/// Implements `Debug` for a struct by naming its fields.
macro_rules! debug_fields {
    ($type:ty, $name:literal, $($field:ident),* $(,)?) => {
        impl core::fmt::Debug for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct($name)$(.field(stringify!($field), &self.$field))*.finish()
            }
        }
    };
}

pub(crate) use debug_fields;
