//! What the server answers.

use blazeio::web::route::{Route, Routes};
use blazeio::{Field, Method, Response};
use blazeio_embedded_io::{Call, Error, Exchange, Service};
use core::cell::Cell;
use core::future::poll_fn;
use core::task::Poll;

/// The pages there are.
pub enum Page {
    Hello,
    Count,
    Echo,
    Length,
    Stop,
}

static TABLE: [Route<'static, Page>; 5] = [
    Route::new(Method::Get, "/hello/{name}", Page::Hello),
    Route::new(Method::Get, "/count", Page::Count),
    Route::new(Method::Post, "/echo", Page::Echo),
    Route::new(Method::Post, "/length", Page::Length),
    Route::new(Method::Post, "/stop", Page::Stop),
];

/// The service of one line.
pub struct Pages {
    is_stopped: Cell<bool>,
}

impl Pages {
    pub fn new() -> Self {
        Self { is_stopped: Cell::new(false) }
    }

    /// Whether somebody asked for the end.
    pub fn is_stopped(&self) -> bool {
        self.is_stopped.get()
    }

    /// Ready once somebody did.
    pub fn stopped(&self) -> impl Future<Output = ()> {
        poll_fn(|_| if self.is_stopped() { Poll::Ready(()) } else { Poll::Pending })
    }
}

impl Service for Pages {
    type Page = Page;

    fn routes(&self) -> Routes<'_, Page> {
        static ROUTES: Routes<'static, Page> = Routes::checked(&TABLE);
        ROUTES
    }

    async fn answer(
        &self,
        call: Call<'_, Page>,
        exchange: &mut Exchange<'_, '_>,
    ) -> Result<(), Error> {
        match call.page {
            Page::Hello => hello(call.captures.get("name").unwrap_or_default(), exchange).await,
            Page::Count => count(exchange).await,
            Page::Echo => echo(exchange).await,
            Page::Length => length(exchange).await,
            Page::Stop => {
                self.is_stopped.set(true);
                exchange.send(&Response::new(200), b"Bye.\n").await
            }
        }
    }
}

/// A greeting of known length.
async fn hello(name: &[u8], exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    let text = [Field::new("Content-Type", "text/plain")];
    let length = "Hello, \n".len() + name.len();
    exchange.respond(&Response::new(200).fields(&text).sized(length as u64)).await?;
    exchange.write(b"Hello, ").await?;
    exchange.write(name).await?;
    exchange.write(b"\n").await
}

/// The numbers from 000 to 999, a line each, in chunks: more than the board keeps of a response.
async fn count(exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    for number in 0..1000u16 {
        let digit = |place: u16| b'0' + (number / place % 10) as u8;
        exchange.write(&[digit(100), digit(10), digit(1), b'\n']).await?;
    }
    exchange.finish(&[Field::new("Lines", "1000")]).await
}

/// How much came, up to 9 bytes; more is 413.
async fn length(exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    let mut length = 0;
    while let Some(piece) = exchange.read().await? {
        length += piece.len();
    }
    match u8::try_from(length) {
        Ok(length @ 0..10) => {
            let text = [b'0' + length, b' ', b'b', b'y', b't', b'e', b's', b'\n'];
            exchange.send(&Response::new(200), &text).await
        }
        _ => exchange.send(&Response::new(413), b"").await,
    }
}

/// What comes goes back while it comes; so does the trailer `Checksum`.
async fn echo(exchange: &mut Exchange<'_, '_>) -> Result<(), Error> {
    exchange.respond(&Response::new(200).streamed()).await?;
    let (reader, writer) = exchange.split();
    while let Some(piece) = reader.read().await? {
        writer.write(piece).await?;
    }
    match reader.trailers().and_then(|trailers| trailers.get("Checksum")) {
        Some(sum) => writer.finish(&[Field::from_bytes(b"Checksum", sum)]).await,
        None => writer.finish(&[]).await,
    }
}
