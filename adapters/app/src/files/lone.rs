//! One file of the disk, named by a handler: [`Reply::file`].
//!
//! Decides how it is sent: as those of a folder are, where the reply's status is 200; whole under
//! any other, as a page of an error. Refuses what is not a plain file: 404. The path is the program's
//! own, so that symbolic links are followed; for names that come of a client there is
//! [`Files::reply`](super::Files::reply).

use super::Settings;
use super::answer::{Representation, answer};
use super::media::media_type;
use super::parts::whole;
use super::send::{Source, send};
use super::stamp::Stamp;
use crate::abort::Abort;
use crate::blocking;
use crate::exchange::Exchange;
use crate::reply::{FieldLine, Reply};
use cap_std::fs::File;
use std::borrow::Cow;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// What is said of the file by itself, of which a response has one line each.
const OWN: [&str; 5] =
    ["ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "X-Content-Type-Options"];

/// Answers with the file at `path`, by the status and the field lines of `reply`; or says what is
/// to be answered instead.
pub(crate) async fn lone(
    exchange: &mut Exchange,
    path: PathBuf,
    mut reply: Reply,
) -> Result<Reply, Abort> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let opened = blocking::run(exchange.runtime(), move || open(&path)).await?;
    let (file, stamp) = opened.map_err(absent)?;
    let settings = Settings { is_encoded: false, ..Settings::default() };
    let source = Source::Disk { file, stamp: Some(stamp) };
    let media_type = take_media_type(&mut reply).unwrap_or_else(|| media_type(&name));
    if reply.status() != 200 {
        let reply = reply.field("Content-Type", media_type);
        send(exchange, reply, source, &whole(stamp.len), settings.slice).await?;
        return Ok(Reply::answered());
    }
    reply.fields.retain(|line| !OWN.iter().any(|name| line.name.eq_ignore_ascii_case(name)));
    exchange.add_lines(reply.fields);
    let coding = None;
    let file =
        Representation { path: &name, media_type, coding, stamp, source, is_single_page: false };
    answer(exchange, &settings, file).await
}

/// The media type that the reply has, instead of the one that the name means.
fn take_media_type(reply: &mut Reply) -> Option<Cow<'static, str>> {
    let is_type = |line: &FieldLine| line.name.eq_ignore_ascii_case("content-type");
    let at = reply.fields.iter().position(is_type)?;
    Some(match reply.fields.remove(at).value {
        Cow::Borrowed(value) => String::from_utf8_lossy(value),
        Cow::Owned(value) => String::from_utf8_lossy(&value).into_owned().into(),
    })
}

fn open(path: &Path) -> io::Result<(File, Stamp)> {
    // Else a pipe would be waited for.
    if !std::fs::metadata(path)?.is_file() {
        return Err(ErrorKind::NotFound.into());
    }
    let file = File::from_std(std::fs::File::open(path)?);
    let stamp = Stamp::of(&file.metadata()?)?;
    Ok((file, stamp))
}

fn absent(error: io::Error) -> Abort {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => Abort::new(404),
        _ => error.into(),
    }
}
