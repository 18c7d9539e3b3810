//! One part of a form: its field section.

use crate::syntax::head::split_line;
use crate::syntax::token::{is_token, is_value_text};
use crate::web::disposition::{Disposition, FileName, FormText};
use crate::web::{Invalid, InvalidKind};
use crate::{Fields, Span};

/// Where a part's field section lies: becomes a [`Part`] by [`on`](Self::on).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PartSpan(pub(super) Span);

impl PartSpan {
    /// The part, borrowed from the slice given to [`receive`](super::Multipart::receive).
    #[must_use]
    pub fn on<'a>(&self, bytes: &'a [u8]) -> Part<'a> {
        Part { section: self.0.on(bytes) }
    }

    /// Where its field section is, its empty line included.
    #[must_use]
    pub const fn section(&self) -> Span {
        self.0
    }
}

/// Whether `section` is field lines and the empty line that ends them, and nothing else. By the
/// same rules in every form of the core: none may take what another refuses.
pub(super) fn is_section(section: &[u8]) -> bool {
    let mut rest = section;
    while let Some((name, value, next)) = split_line(rest) {
        let line = rest.get(..rest.len().wrapping_sub(next.len())).unwrap_or_default();
        if !(is_token(name) && is_value_text(value) && line.ends_with(b"\r\n")) {
            return false;
        }
        rest = next;
    }
    rest == b"\r\n"
}

/// One part of a form.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    section: &'a [u8],
}

impl<'a> Part<'a> {
    /// A part whose field section was kept elsewhere: the bytes of [`PartSpan::section`].
    #[must_use]
    pub const fn from_section(section: &'a [u8]) -> Self {
        Self { section }
    }

    /// Its field lines, in order.
    #[must_use]
    pub const fn fields(&self) -> Fields<'a> {
        Fields::new(self.section)
    }

    /// Its Content-Disposition.
    ///
    /// # Errors
    /// If it breaks the grammar, or there are two.
    pub fn disposition(&self) -> Result<Option<Disposition<'a>>, Invalid> {
        let mut values = self.fields().get_all("content-disposition");
        let first = values.next();
        if values.next().is_some() {
            return Err(Invalid::new(InvalidKind::Duplicate, 0));
        }
        first.map(Disposition::parse).transpose()
    }

    /// The name of the form's field (RFC 7578 §4.2), which every part of a form has.
    ///
    /// # Errors
    /// As [`disposition`](Self::disposition), or if the name comes twice.
    pub fn name(&self) -> Result<Option<FormText<'a>>, Invalid> {
        self.disposition()?.map_or(Ok(None), |disposition| disposition.name())
    }

    /// The name of the file, if the part is one.
    ///
    /// # Errors
    /// As [`disposition`](Self::disposition), or if the name comes twice.
    pub fn filename(&self) -> Result<Option<FileName<'a>>, Invalid> {
        self.disposition()?.map_or(Ok(None), |disposition| disposition.filename())
    }

    /// Its Content-Type; a part without is `text/plain` (RFC 7578 §4.4).
    #[must_use]
    pub fn content_type(&self) -> Option<&'a [u8]> {
        self.fields().get("content-type")
    }
}

impl core::fmt::Debug for Part<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Part").field("fields", &self.fields()).finish()
    }
}
