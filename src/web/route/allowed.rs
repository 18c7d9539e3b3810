//! The methods of a path: the value of Allow (RFC 9110 §10.2.1).

use super::Route;
use crate::message::Method;
use core::fmt;

/// The methods that a path has routes for, each once, in the order of the table; HEAD right
/// behind GET if it has no route of its own. An iterator, and by [`Display`](fmt::Display) the
/// value of Allow.
///
/// For a table of n routes it matches the path up to n times, and once more for each earlier route
/// of the same method; for GET also for each route of HEAD. Methods alone are compared up to n times
/// for each route that matches.
pub struct Allowed<'t, 'a, T> {
    table: &'t [Route<'t, T>],
    path: &'a [u8],
    /// The next route to look at.
    next: usize,
    /// HEAD comes next, by GET.
    head_due: bool,
}

impl<'t, 'a, T> Allowed<'t, 'a, T> {
    pub(super) fn new(table: &'t [Route<'t, T>], path: &'a [u8]) -> Self {
        Self { table, path, next: 0, head_due: false }
    }

    /// Writes the value of Allow into the front of `out`; `None` if it has no room for all.
    pub fn write_to<'o>(&self, out: &'o mut [u8]) -> Option<&'o [u8]> {
        let mut len = 0usize;
        for (index, method) in self.enumerate() {
            let separator: &[u8] = if index == 0 { b"" } else { b", " };
            for byte in separator.iter().chain(method.as_bytes()) {
                *out.get_mut(len)? = *byte;
                len = len.wrapping_add(1);
            }
        }
        out.get(..len)
    }

    /// Whether a route of `method` before the one at `end` has the path. Methods are compared
    /// first: that is less work than to match a path.
    fn has_before(&self, end: usize, method: Method<'_>) -> bool {
        let mut earlier = self.table.iter().take(end);
        earlier.any(|route| route.method() == Some(method) && route.has(self.path))
    }
}

impl<'t, T> Iterator for Allowed<'t, '_, T> {
    type Item = Method<'t>;

    fn next(&mut self) -> Option<Method<'t>> {
        if core::mem::take(&mut self.head_due) {
            return Some(Method::Head);
        }
        loop {
            let index = self.next;
            let route = self.table.get(index)?;
            self.next = index.wrapping_add(1);
            let Some(method) = route.method().filter(|_| route.has(self.path)) else { continue };
            if self.has_before(index, method) {
                continue;
            }
            self.head_due =
                method == Method::Get && !self.has_before(self.table.len(), Method::Head);
            return Some(method);
        }
    }
}

impl<T> core::iter::FusedIterator for Allowed<'_, '_, T> {}

impl<T> Clone for Allowed<'_, '_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Allowed<'_, '_, T> {}

impl<T> fmt::Display for Allowed<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.enumerate().try_for_each(|(index, method)| {
            f.write_str(if index == 0 { "" } else { ", " })?;
            fmt::Display::fmt(&method, f)
        })
    }
}

impl<T> fmt::Debug for Allowed<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Allowed({self})")
    }
}
