//! The manual: design, conformance, departures.

pub mod design {
    //! Design.
}
