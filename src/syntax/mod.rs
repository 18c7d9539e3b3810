//! Bytes to borrowed text, without state: RFC 9112 §2 to §5 and the grammar of RFC 9110 §5.6.
//!
//! Decides which bytes may stand where in a head, a field line, a target. Refuses
//! everything the grammar does not have: a bare CR or LF, whitespace before a colon, a
//! control character in a value, a `#` or a byte above 0x7e in a target. It knows
//! nothing of what a field means.
//!
//! A head is read twice at most. [`line`] and [`head`] read a complete one at full speed
//! and only say *good* or *not good*; [`scan`] reads the same grammar byte by byte, can
//! stop and go on anywhere, and alone names the first offending byte. So every error is
//! the same however the input was cut.
//!
//! Where code size counts for more than speed, [`scan`] alone judges: it goes first, and [`line`] and
//! [`head`] split what it took. Then httparse is not linked.

pub(crate) mod authority;
pub(crate) mod field;
pub(crate) mod head;
pub(crate) mod line;
pub(crate) mod number;
pub(crate) mod scan;
pub(crate) mod target;
pub(crate) mod token;
