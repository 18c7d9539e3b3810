//! What is wrong with a pattern or a table, and where.

use core::fmt;

/// What is wrong with a [`Pattern`](super::Pattern) or a table of
/// [`Routes`](super::Routes).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum RouteErrorKind {
    /// The pattern does not begin with `/`.
    NoSlash,
    /// A byte that no decoded path holds or that would end one: `?`, `#`, `%`, a control
    /// character. Patterns are written decoded.
    Byte,
    /// A brace that is neither the first nor the last byte of its segment.
    Brace,
    /// A name that is empty, or holds something else than letters, digits and `_`.
    Name,
    /// A name that the pattern has already.
    NameTwice,
    /// Something follows `{*name}`.
    RestNotLast,
    /// An earlier route has the same method and, but for names, the same pattern.
    Double,
}

impl RouteErrorKind {
    /// What was wrong, in lower case and without a full stop.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::NoSlash => "a pattern that does not begin with a slash",
            Self::Byte => "a byte that no decoded path holds",
            Self::Brace => "a brace that does not enclose a whole segment",
            Self::Name => "a name that is not letters, digits and underscores",
            Self::NameTwice => "a name that stands in the pattern twice",
            Self::RestNotLast => "a segment behind the one that takes all the rest",
            Self::Double => "a route that an earlier one hides",
        }
    }
}

/// What is wrong, in which route, and at which byte of its pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct RouteError {
    kind: RouteErrorKind,
    route: usize,
    offset: usize,
}

impl RouteError {
    pub(super) const fn new(kind: RouteErrorKind, offset: usize) -> Self {
        Self { kind, route: 0, offset }
    }

    pub(super) const fn in_route(self, route: usize) -> Self {
        Self { route, ..self }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> RouteErrorKind {
        self.kind
    }

    /// The route's place in the table, from 0.
    #[must_use]
    pub const fn route(&self) -> usize {
        self.route
    }

    /// The first byte of the pattern that is wrong, or of the segment that is.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, route, offset } = *self;
        write!(f, "{} at byte {offset} of the pattern of route {route}", kind.message())
    }
}

impl core::error::Error for RouteError {}
