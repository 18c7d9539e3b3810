//! Which of several patterns a path and a method belong to.
//!
//! Decides which route of a table answers a request, what the names in its pattern stand for,
//! and which methods a path has (405 and Allow, RFC 9110 §15.5.6). Refuses a table with a bad
//! pattern, or with two routes of which one could never be found; in a `static` that is an
//! error of the compiler.
//!
//! # Patterns
//!
//! A pattern is a path. Each of its segments is one of three:
//!
//! | segment | stands for |
//! |---|---|
//! | `literal` | this text, after percent-decoding: `/café` is the pattern of `/caf%C3%A9` |
//! | `{name}` | one segment, not empty |
//! | `{*name}` | all that is left, slashes included, perhaps nothing; only at the end |
//!
//! A path is cut at its slashes before anything is decoded, so `%2F` never cuts, and equals no
//! literal. `/a` and `/a/` are two paths; `/a/{*rest}` has the second and not the first. Nothing
//! is normalised: `//` has an empty segment in it, and `..` is a segment like others. What names
//! stand for is given as it was sent: whoever opens a file by it decodes it first, and then
//! refuses `..` and slashes.
//!
//! # Which one of several
//!
//! Segment by segment from the left, a literal goes before `{name}`, and `{name}` before
//! `{*name}`; the order in the table does not count. If what comes later does not fit, the next
//! best is tried: with `/a/b` and `/{x}/c`, the path `/a/c` belongs to `/{x}/c`. The method is
//! part of the search: with `POST /a/b` and `GET /a/{x}`, the request `GET /a/b` belongs to
//! `GET /a/{x}`. Only a path that has routes, but none for its method, is a 405.
//!
//! HEAD is answered by the route for GET where there is none for HEAD itself. Of one pattern, a
//! route for the method goes before one for [any](Route::any).
//!
//! # Work
//!
//! Nothing is allocated and nothing is tried twice. Each pattern reads the path once at most, and
//! stops at the first segment that differs: `find` takes at most *routes × (path + pattern)*
//! bytes of work, whatever the path.
//!
//! ```
//! use blazeio::Method;
//! use blazeio::web::route::{Found, Route, Routes};
//!
//! #[derive(Debug, PartialEq)]
//! enum Page { Home, Lamp, Dim, File }
//!
//! static TABLE: [Route<'_, Page>; 4] = [
//!     Route::new(Method::Get, "/", Page::Home),
//!     Route::new(Method::Get, "/lamps/{id}", Page::Lamp),
//!     Route::new(Method::Put, "/lamps/{id}", Page::Dim),
//!     Route::new(Method::Get, "/files/{*path}", Page::File),
//! ];
//! static ROUTES: Routes<'_, Page> = Routes::checked(&TABLE);
//!
//! let Found::Route(found) = ROUTES.find(Method::Head, b"/lamps/7") else { unreachable!() };
//! assert_eq!((found.value, found.captures.get("id")), (&Page::Lamp, Some(&b"7"[..])));
//!
//! let Found::MethodNotAllowed(allowed) = ROUTES.find(Method::Delete, b"/lamps/7") else {
//!     unreachable!()
//! };
//! assert_eq!(allowed.to_string(), "GET, HEAD, PUT");
//! assert!(matches!(ROUTES.find(Method::Get, b"/lamps/"), Found::NotFound));
//! ```

mod allowed;
mod error;
mod pattern;
#[cfg(test)]
mod tests;

pub use allowed::Allowed;
pub use error::{RouteError, RouteErrorKind};
pub use pattern::{Captures, Pattern};

use crate::message::Method;
use core::fmt;

/// A method and a pattern, and what belongs to them: a handler, the name of a page.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Route<'t, T> {
    method: Option<Method<'t>>,
    pattern: &'t str,
    value: T,
}

impl<'t, T> Route<'t, T> {
    /// A route for one method; an [extension](Method::Extension) that spells a known method is that
    /// one. Checked when a table is made of it, not here.
    #[must_use]
    pub const fn new(method: Method<'t>, pattern: &'t str, value: T) -> Self {
        let method = match method {
            Method::Extension(token) => Method::spelled(token),
            known => known,
        };
        Self { method: Some(method), pattern, value }
    }

    /// A route for every method that has no route of its own with the same pattern.
    #[must_use]
    pub const fn any(pattern: &'t str, value: T) -> Self {
        Self { method: None, pattern, value }
    }

    /// The method, or `None` for any.
    #[must_use]
    pub const fn method(&self) -> Option<Method<'t>> {
        self.method
    }

    /// The pattern, as it was written.
    #[must_use]
    pub const fn pattern(&self) -> &'t str {
        self.pattern
    }

    /// What belongs to it.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// What belongs to it, to be changed.
    #[must_use]
    pub const fn value_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Whether a path has this pattern.
    fn has(&self, path: &[u8]) -> bool {
        pattern::is_match(self.pattern.as_bytes(), path)
    }

    /// How well the method fits: by itself, HEAD by GET, any, or not at all.
    fn fit(&self, method: Method<'_>) -> Option<Fit> {
        match self.method {
            None => Some(Fit::Any),
            Some(own) if own == method => Some(Fit::Own),
            Some(Method::Get) if method == Method::Head => Some(Fit::HeadByGet),
            Some(_) => None,
        }
    }

    /// Whether the two could only be found by the same requests.
    const fn is_double(&self, other: &Self) -> bool {
        let same_method = match (self.method, other.method) {
            (None, None) => true,
            (Some(a), Some(b)) => pattern::equal(a.as_bytes(), b.as_bytes()),
            (None, Some(_)) | (Some(_), None) => false,
        };
        same_method && pattern::same_shape(self.pattern.as_bytes(), other.pattern.as_bytes())
    }
}

impl<T> fmt::Debug for Route<'_, T> {
    /// Method and pattern: what belongs to them need not be shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.map_or(b"*".as_slice(), |method| method.as_bytes());
        write!(f, "Route({} {})", method.escape_ascii(), self.pattern)
    }
}

/// The worse, the greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Own,
    HeadByGet,
    Any,
}

/// A checked table of routes.
#[derive(Debug)]
pub struct Routes<'t, T> {
    table: &'t [Route<'t, T>],
}

impl<'t, T> Routes<'t, T> {
    /// Checks a table; the work is quadratic in its length.
    ///
    /// # Errors
    /// The first route that is wrong, and where: see [`RouteErrorKind`].
    pub const fn new(table: &'t [Route<'t, T>]) -> Result<Self, RouteError> {
        let (mut rest, mut index) = (table, 0usize);
        while let [route, tail @ ..] = rest {
            if let Err(error) = check(route, table, index) {
                return Err(error);
            }
            (rest, index) = (tail, index.wrapping_add(1));
        }
        Ok(Self { table })
    }

    /// Checks a table whose routes but the last [`new`](Self::new) took before: that one alone, and
    /// so the work is linear.
    ///
    /// # Errors
    /// As there, of the last route.
    pub const fn extended(table: &'t [Route<'t, T>]) -> Result<Self, RouteError> {
        if let [earlier @ .., route] = table {
            if let Err(error) = check(route, earlier, earlier.len()) {
                return Err(error);
            }
        }
        Ok(Self { table })
    }

    /// As [`new`](Self::new), for a `const` or a `static`.
    ///
    /// # Panics
    /// When the table is wrong: at compile time, since it is meant for constants.
    #[must_use]
    pub const fn checked(table: &'t [Route<'t, T>]) -> Self {
        match Self::new(table) {
            Ok(routes) => routes,
            Err(error) => panic!("{}", error.kind().message()),
        }
    }

    /// A table that [`new`](Self::new) took before: nothing is checked. One that it did not take is
    /// searched too, without a panic: of two routes that are alike the first is found, and a bad
    /// pattern may be that of paths which nobody meant, as `/{*a}/b` of all.
    #[must_use]
    pub const fn trusted(table: &'t [Route<'t, T>]) -> Self {
        Self { table }
    }

    /// The routes, in the order of the table.
    #[must_use]
    pub const fn table(&self) -> &'t [Route<'t, T>] {
        self.table
    }

    /// The route of a method and a path. The path begins with `/`, without query, as sent:
    /// of [`Target::Origin`](crate::Target::Origin) or [`Target::Absolute`](crate::Target::Absolute).
    /// The method is one that was read, by the core or by [`Method::from_bytes`]: an
    /// [extension](Method::Extension) that spells a known one is never found.
    #[must_use]
    pub fn find<'a>(&self, method: Method<'_>, path: &'a [u8]) -> Found<'t, 'a, T> {
        let mut best: Option<(&'t Route<'t, T>, Fit)> = None;
        let mut is_known = false;
        for route in self.table.iter().filter(|route| route.has(path)) {
            is_known = true;
            let Some(fit) = route.fit(method) else { continue };
            if best.is_none_or(|(held, held_fit)| {
                let order = pattern::precedence(route.pattern.as_bytes(), held.pattern.as_bytes());
                order.then(fit.cmp(&held_fit)).is_lt()
            }) {
                best = Some((route, fit));
            }
        }
        match best {
            Some((route, _)) => Found::Route(Match {
                value: &route.value,
                pattern: route.pattern,
                captures: Captures::new(route.pattern.as_bytes(), path),
            }),
            None if is_known => Found::MethodNotAllowed(Allowed::new(self.table, path)),
            None => Found::NotFound,
        }
    }
}

/// Whether the route at `index` is good, and none of the `index` first of `table` is its double.
const fn check<T>(
    route: &Route<'_, T>,
    table: &[Route<'_, T>],
    index: usize,
) -> Result<(), RouteError> {
    if let Err(error) = Pattern::new(route.pattern) {
        return Err(error.in_route(index));
    }
    let (mut earlier, mut left) = (table, index);
    while let ([other, next @ ..], 1..) = (earlier, left) {
        if route.is_double(other) {
            return Err(RouteError::new(RouteErrorKind::Double, 0).in_route(index));
        }
        (earlier, left) = (next, left.wrapping_sub(1));
    }
    Ok(())
}

impl<T> Clone for Routes<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Routes<'_, T> {}

/// What [`Routes::find`] found.
#[derive(Debug)]
pub enum Found<'t, 'a, T> {
    /// The route that answers.
    Route(Match<'t, 'a, T>),
    /// The path has routes, but none for this method: 405, with Allow (RFC 9110 §15.5.6).
    MethodNotAllowed(Allowed<'t, 'a, T>),
    /// The path has no route: 404.
    NotFound,
}

/// A route that was found.
pub struct Match<'t, 'a, T> {
    /// What belongs to the route.
    pub value: &'t T,
    /// Its pattern, as it was written.
    pub pattern: &'t str,
    /// What the names in the pattern stand for.
    pub captures: Captures<'t, 'a>,
}

impl<T> fmt::Debug for Match<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Match({} {:?})", self.pattern, self.captures)
    }
}
