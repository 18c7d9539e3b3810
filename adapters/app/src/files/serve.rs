//! Answering a request for files.
//!
//! Decides what is asked for: a file, a folder, or what another has to answer; and whether the disk
//! is to be asked.

use super::answer::{Representation, answer};
use super::coding;
use super::hot::{self, Variants, is_fresh};
use super::look::{Found, Search, look};
use super::media::media_type;
use super::name::Name;
use super::send::Source;
use super::{Shared, listing};
use crate::abort::Abort;
use crate::blocking;
use crate::exchange::Exchange;
use crate::reply::Reply;
use blazeio::Method;
use blazeio::web::negotiate;
use blazeio::web::percent::{Encode, Set};
use blazeio::web::route::Pattern;
use smallvec::SmallVec;
use std::io;
use std::sync::Arc;

impl Shared {
    pub(super) async fn serve(&self, exchange: &mut Exchange) -> Result<Reply, Abort> {
        match exchange.method() {
            Method::Get | Method::Head => {}
            Method::Options => return Ok(Reply::new(204).field("Allow", ALLOW)),
            _ => return Err(Abort::new(405).field("Allow", ALLOW)),
        }
        let Some(name) = Name::parse(path_below(exchange)) else {
            return self.otherwise(exchange).await;
        };
        self.serve_name(exchange, &name).await
    }

    /// Answers with what is under a name, whatever path was asked for.
    pub(super) async fn serve_file(
        &self,
        exchange: &mut Exchange,
        name: &str,
    ) -> Result<Reply, Abort> {
        let encoded = Encode::new(name, Set::PATH).to_string();
        let name = Name::parse(encoded.as_bytes()).filter(|name| !name.is_folder);
        let Some(name) = name else { return self.otherwise(exchange).await };
        match self.find(exchange, &name).await? {
            found @ (Found::Small(_) | Found::Large(_)) => {
                self.send(exchange, &name, found, false).await
            }
            _ => self.otherwise(exchange).await,
        }
    }

    async fn serve_name(&self, exchange: &mut Exchange, name: &Name) -> Result<Reply, Abort> {
        match self.find(exchange, name).await? {
            Found::Nothing => self.nothing(exchange, name).await,
            Found::Folder => Ok(folder(exchange)),
            Found::Listing(names) => {
                let page = listing::page(&names, !name.as_str().is_empty());
                Ok(Reply::new(200).field("X-Content-Type-Options", "nosniff").html(page))
            }
            found => self.send(exchange, name, found, false).await,
        }
    }

    /// Answers for a path under which nothing is.
    async fn nothing(&self, exchange: &mut Exchange, name: &Name) -> Result<Reply, Abort> {
        let Some(page) = self.settings.single_page else { return self.otherwise(exchange).await };
        if !name.has_extension() && wants_page(exchange) {
            let page = Name::in_root(page);
            let found = self.find(exchange, &page).await?;
            if matches!(found, Found::Small(_) | Found::Large(_)) {
                return self.send(exchange, &page, found, true).await;
            }
        }
        exchange.add_field("Vary", "Accept");
        self.otherwise(exchange).await
    }

    /// Answers as for every path that is none of ours.
    async fn otherwise(&self, exchange: &mut Exchange) -> Result<Reply, Abort> {
        match &self.settings.otherwise {
            Some(handler) => Ok(handler(exchange).await),
            None => Err(Abort::new(404)),
        }
    }

    /// From memory, if that was compared with the disk lately; else from the disk.
    async fn find(&self, exchange: &Exchange, name: &Name) -> io::Result<Found> {
        let settings = &self.settings;
        let now = exchange.runtime().now();
        let path = name.file(settings.index);
        let kept = path.as_deref().and_then(|path| self.hot.get(path));
        let known = match kept {
            Some((variants, checked)) if is_fresh(checked, now, settings.recheck) => {
                return Ok(Found::Small(variants));
            }
            kept => kept.map(|(variants, _)| variants),
        };
        let is_known = known.is_some();
        let search = Search {
            name: name.clone(),
            index: settings.index,
            lists_folders: settings.lists_folders,
            is_encoded: settings.is_encoded,
            wanted: coding::wanted(exchange.fields().get_all("accept-encoding")),
            bounds: settings.bounds,
            room: path.as_deref().map_or(0, |path| hot::room(&settings.bounds, path)),
            known,
        };
        let root = Arc::clone(&self.root);
        let found = blocking::run(exchange.runtime(), move || look(&root, &search)).await??;
        match (&found, path) {
            (Found::Small(variants), Some(path)) => {
                self.hot.put(&settings.bounds, &path, Variants::clone(variants), now);
            }
            (_, Some(path)) if is_known => self.hot.remove(&path),
            _ => {}
        }
        Ok(found)
    }

    /// Sends a file that was found.
    async fn send(
        &self,
        exchange: &mut Exchange,
        name: &Name,
        found: Found,
        is_single_page: bool,
    ) -> Result<Reply, Abort> {
        let Some(path) = name.file(self.settings.index) else { return Err(Abort::new(404)) };
        let path = &*path;
        let media_type = media_type(path);
        let file = match found {
            Found::Large(large) => {
                let (stamp, coding) = (large.stamp, large.coding);
                let source = Source::Disk { file: large.file, stamp: Some(stamp) };
                Representation { path, media_type, coding, stamp, source, is_single_page }
            }
            Found::Small(variants) => {
                let wanted = coding::wanted(exchange.fields().get_all("accept-encoding"));
                let of = |coding| variants.iter().find(|variant| variant.coding == Some(coding));
                let best = wanted.into_iter().find_map(of).or(variants.first());
                let Some(best) = best else { return Err(Abort::new(404)) };
                let (stamp, coding) = (best.stamp, best.coding);
                let source = Source::Memory(best.content.clone());
                Representation { path, media_type, coding, stamp, source, is_single_page }
            }
            _ => return Err(Abort::new(404)),
        };
        answer(exchange, &self.settings, file).await
    }
}

/// What may be asked of a file.
const ALLOW: &str = "GET, HEAD, OPTIONS";

/// Whether the client prefers HTML; what takes anything, as a script does, asks for no page.
fn wants_page(exchange: &Exchange) -> bool {
    let accept: SmallVec<[&[u8]; 2]> = exchange.fields().get_all("accept").collect();
    let offered = ["application/octet-stream", "text/html"];
    negotiate::media_type(accept.iter().copied(), &offered) == Some("text/html")
}

/// The path below the prefix, as it was sent, without its first slash.
fn path_below(exchange: &Exchange) -> &[u8] {
    let path = exchange.path().as_bytes();
    let below = exchange.route().filter(|route| route.ends_with('}') && route.contains("{*"));
    let pattern = below.and_then(|route| Pattern::new(route).ok());
    let rest = pattern.and_then(|pattern| pattern.captures(path)?.last());
    rest.map_or(path.strip_prefix(b"/").unwrap_or(path), |(_, rest)| rest)
}

/// Leads to the folder that was asked for without its slash: on this host, by one slash in front
/// (OPENR). As sent, but for what no path holds.
pub(super) fn folder(exchange: &Exchange) -> Reply {
    let path = exchange.path().trim_start_matches('/');
    let mut target = String::from("/");
    for part in path.split_inclusive('%') {
        let (text, escape) = match part.strip_suffix('%') {
            Some(text) => (text, "%"),
            None => (part, ""),
        };
        target.push_str(&Encode::new(text, Set::PATH).to_string());
        target.push_str(escape);
    }
    target.push('/');
    if !exchange.query_string().is_empty() {
        target.push('?');
        target.push_str(exchange.query_string());
    }
    Reply::redirect_by(301, target)
}
