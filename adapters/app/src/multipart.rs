//! The parts of a form, one after another, in constant memory (RFC 7578).
//!
//! Decides nothing of its own: [`blazeio::web::multipart`] says what a form is, and refuses what
//! is none. What is kept is one field section, and what was received and not looked at.
//!
//! ```
//! use blazeio_app::{Abort, Exchange};
//!
//! async fn upload(exchange: &mut Exchange) -> Result<String, Abort> {
//!     let mut form = exchange.multipart()?;
//!     let mut said = String::new();
//!     while let Some(mut part) = form.next().await? {
//!         let name = part.name().to_owned();
//!         let mut length = 0;
//!         while let Some(piece) = part.read().await? {
//!             length += piece.len(); // onwards; to the disk: `part.save(path, limit)`
//!         }
//!         said += &format!("{name}: {length} bytes\n");
//!     }
//!     Ok(said)
//! }
//! # let _ = blazeio_app::App::new().post("/upload", upload);
//! ```

use crate::abort::Abort;
use crate::exchange::Exchange;
use blazeio::Fields;
use blazeio::web::multipart::{Multipart, MultipartEvent, MultipartLimits, Part as Head};
use std::fmt;

/// A form being read.
pub struct Form<'a> {
    exchange: &'a mut Exchange,
    reader: Multipart,
    /// Received; from `start` on not consumed.
    buffer: Vec<u8>,
    start: usize,
    is_in_part: bool,
    /// Nothing more comes.
    is_ended: bool,
}

impl Exchange {
    /// The parts of the form that the request's content is, with the default
    /// [limits](MultipartLimits::DEFAULT). How long it may be in all is for
    /// [`set_content_limit`](Self::set_content_limit) to say.
    ///
    /// # Errors
    /// 415 if its type is no `multipart/…` with a boundary.
    pub fn multipart(&mut self) -> Result<Form<'_>, Abort> {
        self.multipart_within(MultipartLimits::DEFAULT)
    }

    /// As [`multipart`](Self::multipart), with limits of one's own.
    ///
    /// # Errors
    /// As there.
    pub fn multipart_within(&mut self, limits: MultipartLimits) -> Result<Form<'_>, Abort> {
        let refusal = |text| Abort::new(415).field("Accept", "multipart/form-data").text(text);
        if self.media_type().is_some_and(|own| !own.kind().eq_ignore_ascii_case(b"multipart")) {
            return Err(refusal("the content's type is not multipart/form-data".to_owned()));
        }
        let value = self.request().field("content-type").unwrap_or_default();
        let reader =
            Multipart::of_type(value, limits).map_err(|error| refusal(error.to_string()))?;
        Ok(Form {
            exchange: self,
            reader,
            buffer: Vec::new(),
            start: 0,
            is_in_part: false,
            is_ended: false,
        })
    }
}

impl<'a> Form<'a> {
    /// The next part; what was not read of the one before is passed over. `None` at the end.
    ///
    /// # Errors
    /// 400 or 413 for a form that is refused, with the place; else as [`Exchange::read`].
    pub async fn next(&mut self) -> Result<Option<Part<'_, 'a>>, Abort> {
        loop {
            match self.step().await? {
                Step::Part(section) => {
                    self.is_in_part = true;
                    return Part::new(self, section).map(Some);
                }
                Step::End => return Ok(None),
                Step::Content(_) => {}
                Step::PartEnd => self.is_in_part = false,
            }
        }
    }

    async fn step(&mut self) -> Result<Step, Abort> {
        loop {
            let step = self.reader.receive(&self.buffer[self.start..]).map_err(refusal)?;
            let from = self.start;
            self.start += step.consumed;
            match step.event {
                MultipartEvent::Part(span) => {
                    let section = span.section().on(&self.buffer[from..]).to_vec();
                    return Ok(Step::Part(section));
                }
                MultipartEvent::Content(span) => {
                    return Ok(Step::Content(from + span.range().start..from + span.range().end));
                }
                MultipartEvent::PartEnd => return Ok(Step::PartEnd),
                MultipartEvent::NeedInput if self.is_ended => {
                    self.reader.end().map_err(refusal)?;
                    return Ok(Step::End);
                }
                MultipartEvent::NeedInput => self.receive().await?,
            }
        }
    }

    /// More bytes, behind those that are left.
    async fn receive(&mut self) -> Result<(), Abort> {
        self.buffer.drain(..self.start);
        self.start = 0;
        match self.exchange.read().await? {
            Some(piece) => self.buffer.extend_from_slice(piece),
            None => self.is_ended = true,
        }
        Ok(())
    }
}

enum Step {
    Part(Vec<u8>),
    Content(std::ops::Range<usize>),
    PartEnd,
    End,
}

fn refusal(error: blazeio::web::multipart::MultipartError) -> Abort {
    Abort::new(error.status()).text(error.to_string())
}

impl fmt::Debug for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("reader", &self.reader).finish_non_exhaustive()
    }
}

/// One part of a form.
pub struct Part<'f, 'a> {
    form: &'f mut Form<'a>,
    section: Vec<u8>,
    name: String,
    file_name: Option<String>,
}

impl<'f, 'a> Part<'f, 'a> {
    fn new(form: &'f mut Form<'a>, section: Vec<u8>) -> Result<Self, Abort> {
        let wrong = |text: String| Abort::new(400).text(text);
        let head = Head::from_section(&section);
        let disposition = head.disposition().map_err(|error| wrong(error.to_string()))?;
        // RFC 7578 §4.2: each part has one, of this kind, with a name.
        let disposition = disposition.filter(|disposition| disposition.is("form-data"));
        let disposition =
            disposition.ok_or_else(|| wrong("a part is no form-data (RFC 7578 §4.2)".into()))?;
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).map_err(|_| wrong("a part's name is no UTF-8".into()))
        };
        let name = disposition.name().map_err(|error| wrong(error.to_string()))?;
        let name = name.ok_or_else(|| wrong("a part has no name (RFC 7578 §4.2)".into()))?;
        let file_name = disposition.filename().map_err(|error| wrong(error.to_string()))?;
        let (name, file_name) =
            (text(name.collect())?, file_name.map(|name| text(name.collect())).transpose()?);
        Ok(Self { form, section, name, file_name })
    }

    /// The name of the form's field.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name of the file, if the part is one: data of the client's, never a path (MPART).
    #[must_use]
    pub fn file_name(&self) -> Option<&str> {
        self.file_name.as_deref()
    }

    /// The last name in [`file_name`](Self::file_name), if a file may be called so on any disk:
    /// see [`FileName::base`](blazeio::web::disposition::FileName::base).
    #[must_use]
    pub fn safe_file_name(&self) -> Option<String> {
        let head = Head::from_section(&self.section);
        let file_name = head.filename().ok()??;
        let mut room = vec![0; self.section.len()];
        file_name.base(&mut room).map(str::to_owned)
    }

    /// Its media type as sent; a part without is `text/plain`.
    #[must_use]
    pub fn content_type(&self) -> Option<&str> {
        std::str::from_utf8(Head::from_section(&self.section).content_type()?).ok()
    }

    pub(crate) fn runtime(&self) -> &std::sync::Arc<dyn blazeio_driver::Runtime> {
        self.form.exchange.runtime()
    }

    /// Its field lines.
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Head::from_section(&self.section).fields()
    }

    /// The next piece of its content; `None` at its end.
    ///
    /// # Errors
    /// As [`Form::next`].
    pub async fn read(&mut self) -> Result<Option<&[u8]>, Abort> {
        if !self.form.is_in_part {
            return Ok(None);
        }
        match self.form.step().await? {
            Step::Content(range) => Ok(self.form.buffer.get(range)),
            Step::Part(_) | Step::PartEnd | Step::End => {
                self.form.is_in_part = false;
                Ok(None)
            }
        }
    }

    /// All of its content, up to `limit` bytes.
    ///
    /// # Errors
    /// 413 if it is longer; else as [`read`](Self::read).
    pub async fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, Abort> {
        let mut content = Vec::new();
        while let Some(piece) = self.read().await? {
            if piece.len() > limit - content.len() {
                return Err(Abort::new(413).text(format!("more than {limit} bytes in a part")));
            }
            content.extend_from_slice(piece);
        }
        Ok(content)
    }

    /// All of its content as a text, up to [`CONTENT_LIMIT`](crate::CONTENT_LIMIT).
    ///
    /// # Errors
    /// 400 if it is no UTF-8; else as [`bytes`](Self::bytes).
    pub async fn text(&mut self) -> Result<String, Abort> {
        let content = self.bytes(crate::CONTENT_LIMIT).await?;
        String::from_utf8(content).map_err(|_| Abort::new(400).text("a part's text is no UTF-8"))
    }
}

impl fmt::Debug for Part<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("name", &self.name).finish_non_exhaustive()
    }
}
