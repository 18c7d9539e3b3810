//! Applications on blazeio: routes, middleware and replies, on any runtime.
//!
//! [`App`] is a service of the [driver](blazeio_driver): the crate of a runtime serves it, and
//! neither knows the other. A handler is a plain async function of an [`Exchange`], and returns
//! whatever [means a reply](IntoReply).
//!
//! ```
//! use blazeio_app::{Abort, App, Exchange, Json};
//!
//! async fn add(exchange: &mut Exchange) -> Result<Json<u64>, Abort> {
//!     let number = |name| exchange.param(name)?.parse::<u64>().ok();
//!     let (Some(a), Some(b)) = (number("a"), number("b")) else { return Err(Abort::new(404)) };
//!     Ok(Json(a + b))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let app = App::new().get("/", "Hello\n".into_reply()).get("/add/{a}/{b}", add);
//! # use blazeio_app::IntoReply;
//! let server = blazeio_tokio::serve("127.0.0.1:0", app).start()?;
//! # server.exit().await;
//! # Ok(()) }
//! ```
//!
//! # Where to find what
//!
//! | to | there is |
//! |---|---|
//! | route by method and path | [`App::get`], [`App::post`], [`App::route`], [`App::mount`]; or methods of an [`Object`] |
//! | read what was sent | [`Exchange::param`], [`query`](Exchange::query), [`json`](Exchange::json), [`form`](Exchange::form), [`text`](Exchange::text), [`bytes`](Exchange::bytes), or piece by piece [`read`](Exchange::read) |
//! | take uploads | [`Exchange::multipart`] and [`Part::save`]; [`Exchange::save`] |
//! | answer | what is [`IntoReply`]: a text, [`Json`], a status with either, a [`Reply`] of [HTML](Reply::html), a [stream](Reply::stream), a [file](Reply::file) |
//! | redirect | [`Reply::redirect`], [`Abort::redirect`] |
//! | end early, with an error | [`Abort`] and `?`; in JSON by a [`Reply`] |
//! | write a response piece by piece | [`Exchange::prepare`], [`write`](Exchange::write), [`finish`](Exchange::finish) |
//! | serve a folder | [`App::files`] with [`Files`] |
//! | do something for each request | [`App::before`], [`App::check`], [`App::after`]; what is shipped: [`middleware`] |
//! | share values | [`App::state`] for all, [`Exchange::data`] within one exchange |
//! | set limits | [`App::content_limit`], [`App::deadline`], [`App::timeouts`]; for some routes by [`App::merge`] |
//! | block, or go on after the response | [`Exchange::blocking`], [`Exchange::spawn`] |
//! | leave HTTP | [`Exchange::upgrade`], [`Exchange::raw`], [`Exchange::take`] |
//! | test it | [`TestClient`] |
//!
//! What goes wrong in spite of the types is among the [pitfalls](manual::pitfalls), what attacks meet in
//! its [page](manual::attacks).
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `macros`, on by default | the attribute `routes`: an [`Object`]'s methods are the routes of an application |
//! | `tower` | `tower`: an axum `Router` on our connections or among an application's routes, and tower-http's layers around an application |
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![warn(unreachable_pub)]

/// The README's example is a test; so are those of the whole workspace's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../../../README.md")]
struct Readme;

mod abort;
mod app;
mod blocking;
mod data;
mod door;
mod exchange;
mod extract;
pub mod files;
mod group;
mod handler;
mod into_reply;
pub mod manual;
pub mod middleware;
mod multipart;
pub mod object;
mod outcome;
mod pipe;
mod reply;
mod router;
mod saving;
mod scope;
mod state;
mod test_client;
#[cfg(feature = "tower")]
pub mod tower;

pub use abort::Abort;
pub use app::App;
#[cfg(feature = "macros")]
pub use blazeio_macros::routes;
pub use blocking::Working;
pub use data::Data;
pub use exchange::Exchange;
pub use extract::CONTENT_LIMIT;
pub use files::Files;
pub use handler::{Call, Constant, Function, Handler};
pub use into_reply::{IntoReply, Json};
pub use middleware::RequestId;
pub use multipart::{Form, Part};
pub use object::Object;
pub use outcome::{Ending, Outcome};
pub use reply::{BoxError, FieldLine, Reply};
pub use scope::IntoFlow;
pub use test_client::{TestClient, TestResponse};
