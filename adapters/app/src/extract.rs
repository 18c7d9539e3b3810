//! What a request says, as values: its query, its content.
//!
//! Decides how much content may be kept (2 MiB, unless told otherwise) and what is asked of its
//! media type. Refuses, by a status of its own: content that is too long (413), of another type
//! (415), or that does not mean a value (400); each with a text that says what was wrong.
//!
//! ```
//! use blazeio_app::{Abort, Exchange, Json};
//!
//! #[derive(serde::Deserialize, serde::Serialize)]
//! struct Lamp { name: String, level: u8 }
//!
//! async fn dim(exchange: &mut Exchange) -> Result<Json<Lamp>, Abort> {
//!     let mut lamp: Lamp = exchange.json().await?;
//!     lamp.level /= 2;
//!     Ok(Json(lamp))
//! }
//! # let _ = blazeio_app::App::new().put("/lamp", dim);
//! ```

use crate::abort::Abort;
use crate::exchange::Exchange;
use blazeio::web::media_type::MediaType;
use serde::de::DeserializeOwned;

/// How many bytes of content are kept, unless told otherwise (BODYL): 2 MiB.
pub const CONTENT_LIMIT: usize = 2 << 20;

const FORM: &str = "application/x-www-form-urlencoded";

impl Exchange {
    /// The request's whole content, up to `limit` bytes.
    ///
    /// # Errors
    /// 413 if it is longer, at once where the head says so; else as [`read`](Self::read).
    pub async fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, Abort> {
        let announced = self.content_length().unwrap_or(0);
        let too_long = || Abort::new(413).text(format!("more than {limit} bytes of content"));
        let announced = usize::try_from(announced).map_err(|_| too_long())?;
        if announced > limit {
            return Err(too_long());
        }
        // What was only announced is no reason to take memory.
        let mut content = Vec::with_capacity(announced.min(64 << 10));
        while let Some(piece) = self.read().await? {
            if piece.len() > limit - content.len() {
                return Err(too_long());
            }
            content.extend_from_slice(piece);
        }
        Ok(content)
    }

    /// The request's content as a text, up to [`CONTENT_LIMIT`].
    ///
    /// # Errors
    /// 400 if it is no UTF-8; else as [`bytes`](Self::bytes).
    pub async fn text(&mut self) -> Result<String, Abort> {
        let content = self.bytes(CONTENT_LIMIT).await?;
        String::from_utf8(content).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            Abort::new(400).text(format!("no UTF-8 at byte {at} of the content"))
        })
    }

    /// The request's content as a value in JSON, up to [`CONTENT_LIMIT`].
    ///
    /// # Errors
    /// 415 if its type is not JSON, 400 if it does not mean a `T`; else as
    /// [`bytes`](Self::bytes).
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, Abort> {
        self.expect_type("application/json", |media_type| media_type.is_json())?;
        json(&self.bytes(CONTENT_LIMIT).await?)
    }

    /// The request's content as a form's fields (`application/x-www-form-urlencoded`), up to
    /// [`CONTENT_LIMIT`].
    ///
    /// # Errors
    /// 415 if its type is another, 400 if it does not mean a `T`; else as
    /// [`bytes`](Self::bytes).
    pub async fn form<T: DeserializeOwned>(&mut self) -> Result<T, Abort> {
        self.expect_type(FORM, |media_type| media_type.is(FORM))?;
        let content = self.bytes(CONTENT_LIMIT).await?;
        pairs("form", &content)
    }

    /// The request's query as a value: a struct, or a map, in which the last of equal names counts;
    /// or a `Vec<(String, String)>`, for names that come more than once, as in forms, too. `+` is a
    /// blank, a bad escape stands for itself, and what is no UTF-8 comes as U+FFFD.
    ///
    /// # Errors
    /// 400 if it does not mean a `T`.
    pub fn query<T: DeserializeOwned>(&self) -> Result<T, Abort> {
        pairs("query", self.query_string().as_bytes())
    }

    /// The request's content as a value, in JSON or as a form; where there is none, its query.
    ///
    /// # Errors
    /// As [`json`](Self::json), [`form`](Self::form) and [`query`](Self::query).
    pub async fn body_or_params<T: DeserializeOwned>(&mut self) -> Result<T, Abort> {
        match self.content_length() {
            Some(0) => self.query(),
            Some(_) if self.is_json() => self.json().await,
            Some(_) => self.form().await,
            // Whether there is any, only its end tells.
            None => {
                let content = self.bytes(CONTENT_LIMIT).await?;
                if content.is_empty() {
                    return self.query();
                }
                if self.is_json() {
                    return json(&content);
                }
                self.expect_type(FORM, |media_type| media_type.is(FORM))?;
                pairs("form", &content)
            }
        }
    }

    fn is_json(&self) -> bool {
        self.media_type().is_some_and(|media_type| media_type.is_json())
    }

    /// The media type of the request's content, if it has one.
    #[must_use]
    pub fn media_type(&self) -> Option<MediaType<'_>> {
        MediaType::parse(self.request().field("content-type")?).ok()
    }

    fn expect_type(
        &self,
        name: &'static str,
        is_right: impl Fn(&MediaType<'_>) -> bool,
    ) -> Result<(), Abort> {
        if self.media_type().is_some_and(|media_type| is_right(&media_type)) {
            return Ok(());
        }
        // RFC 9110 §15.5.16: Accept says what would do.
        Err(Abort::new(415).field("Accept", name).text(format!("the content's type is not {name}")))
    }
}

fn json<T: DeserializeOwned>(content: &[u8]) -> Result<T, Abort> {
    serde_json::from_slice(content).map_err(|error| Abort::new(400).text(format!("JSON: {error}")))
}

/// URLF: no more pairs than allowed.
fn pairs<T: DeserializeOwned>(what: &str, text: &[u8]) -> Result<T, Abort> {
    if let Some(Err(error)) = blazeio::web::urlencoded::Pairs::new(text).find(Result::is_err) {
        return Err(Abort::new(400).text(error.to_string()));
    }
    serde_urlencoded::from_bytes(text)
        .map_err(|error| Abort::new(400).text(format!("{what}: {error}")))
}
