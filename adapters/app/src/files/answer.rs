//! The response for a file that was found.
//!
//! Decides status and field lines: conditions in the order of RFC 9110 §13.2.2, to GET and HEAD (a
//! handler for another method has done by now what they might forbid), then ranges, for
//! GET alone (§14.2). Several ranges of an encoded representation are answered with all of it: in
//! `multipart/byteranges` there is no saying that the parts are encoded, and not the whole.

use super::Settings;
use super::coding::Coding;
use super::parts::{self, Piece};
use super::send::{Source, send};
use super::stamp::{Marks, Stamp};
use crate::abort::Abort;
use crate::exchange::Exchange;
use crate::into_reply::IntoReply;
use crate::reply::Reply;
use blazeio::Method;
use blazeio::web::condition::{Verdict, allows_range, evaluate};
use blazeio::web::disposition::Attachment;
use blazeio::web::range::{ContentRange, Selection};
use std::borrow::Cow;
use std::time::SystemTime;

/// One representation of a file.
pub(super) struct Representation<'a> {
    /// The file's path below the root.
    pub(super) path: &'a str,
    pub(super) media_type: Cow<'static, str>,
    pub(super) coding: Option<Coding>,
    pub(super) stamp: Stamp,
    pub(super) source: Source,
    /// Whether the page stands for a path that is unknown.
    pub(super) is_single_page: bool,
}

/// What of the content is sent.
enum Part {
    Whole,
    One(ContentRange),
    Several(String),
}

/// Answers by a file, or says what is to be answered instead.
pub(super) async fn answer(
    exchange: &mut Exchange,
    settings: &Settings,
    file: Representation<'_>,
) -> Result<Reply, Abort> {
    let marks = file.stamp.marks(file.coding, SystemTime::now());
    let method = exchange.method();
    let verdict = match method {
        Method::Get | Method::Head => {
            evaluate(method, exchange.fields(), Some(&marks.validators()))
        }
        _ => Verdict::Proceed,
    };
    if verdict == Verdict::PreconditionFailed {
        return Ok(Abort::new(412).into_reply());
    }
    if verdict == Verdict::NotModified {
        return Ok(validated(Reply::new(304), &marks, settings, &file));
    }
    let len = file.stamp.len;
    let (part, pieces) = match selection(exchange, &marks, &file) {
        Selection::Whole => (Part::Whole, parts::whole(len)),
        Selection::Unsatisfiable => return Ok(unsatisfiable(len)),
        Selection::Parts(ranges) => match &*ranges {
            [one] => (Part::One(one.content_range(len)), vec![Piece::File(*one)]),
            several => {
                let boundary = parts::boundary();
                let pieces = parts::multipart(several, len, &file.media_type, &boundary);
                (Part::Several(boundary), pieces)
            }
        },
    };
    let reply = head(part, &file);
    let reply = validated(reply, &marks, settings, &file);
    let reply = with_disposition(reply, settings, file.path);
    let source = if marks.are_strong() { file.source } else { file.source.unguarded() };
    send(exchange, reply, source, &pieces, settings.slice).await?;
    Ok(Reply::answered())
}

/// The ranges that count.
fn selection(exchange: &Exchange, marks: &Marks, file: &Representation<'_>) -> Selection {
    let fields = exchange.fields();
    let mut ranges = fields.get_all("range");
    let (Some(range), None) = (ranges.next(), ranges.next()) else { return Selection::Whole };
    if exchange.method() != Method::Get || !allows_range(fields, &marks.strong_validators()) {
        return Selection::Whole;
    }
    match Selection::of(range, file.stamp.len) {
        Selection::Parts(parts) if parts.len() > 1 && file.coding.is_some() => Selection::Whole,
        selection => selection,
    }
}

/// RFC 9110 §15.5.17.
fn unsatisfiable(len: u64) -> Reply {
    let range = ContentRange::unsatisfied(len).to_string();
    Abort::new(416).field("Content-Range", range).into_reply()
}

/// What 200 and 206 say of the content.
fn head(part: Part, file: &Representation<'_>) -> Reply {
    let media_type = file.media_type.clone();
    let reply = match part {
        Part::Whole => Reply::new(200).field("Content-Type", media_type),
        Part::One(range) => Reply::new(206)
            .field("Content-Type", media_type)
            .field("Content-Range", range.to_string()),
        Part::Several(boundary) => Reply::new(206)
            .field("Content-Type", format!("multipart/byteranges; boundary={boundary}")),
    };
    let reply = reply.field("Accept-Ranges", "bytes").field("X-Content-Type-Options", "nosniff");
    match file.coding {
        Some(coding) => reply.field("Content-Encoding", coding.token()),
        None => reply,
    }
}

/// What a 304 says as a 200 does (RFC 9110 §15.4.5).
fn validated(
    mut reply: Reply,
    marks: &Marks,
    settings: &Settings,
    file: &Representation<'_>,
) -> Reply {
    let validators = marks.validators();
    if let Some(tag) = validators.entity_tag {
        reply = reply.field("ETag", tag.to_string());
    }
    if let Some(date) = validators.last_modified {
        reply = reply.field("Last-Modified", date.as_str().to_owned());
    }
    if let Some(directives) = &settings.cache_control {
        reply = reply.field("Cache-Control", directives.clone());
    }
    match (settings.is_encoded, file.is_single_page) {
        (true, true) => reply.field("Vary", "Accept, Accept-Encoding"),
        (true, false) => reply.field("Vary", "Accept-Encoding"),
        (false, true) => reply.field("Vary", "Accept"),
        (false, false) => reply,
    }
}

/// RFC 6266.
fn with_disposition(reply: Reply, settings: &Settings, path: &str) -> Reply {
    if !settings.is_attachment {
        return reply;
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    reply.field("Content-Disposition", Attachment(name).to_string())
}
