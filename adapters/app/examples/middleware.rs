//! What comes before and after handlers, on smol: log lines, names of requests, a token, limits.
//!
//! `cargo run -p blazeio-app --example middleware -- [ADDRESS]`, then
//! `curl -i http://127.0.0.1:8080/`, `curl -i http://127.0.0.1:8080/admin/users` (401), and
//! `curl -i -H 'Authorization: Bearer secret' http://127.0.0.1:8080/admin/users`.

use blazeio_app::{Abort, App, Exchange, Json, Outcome, Reply};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Who asks; left by `authorize` for whom it concerns.
struct User(&'static str);

async fn authorize(exchange: &mut Exchange) -> Result<(), Abort> {
    match exchange.field("authorization") {
        Some("Bearer secret") => {
            exchange.data_mut().insert(User("ada"));
            Ok(())
        }
        _ => Err(Abort::new(401).field("WWW-Authenticate", "Bearer").text("a token, please\n")),
    }
}

async fn users(exchange: &mut Exchange) -> Json<Vec<&'static str>> {
    Json(exchange.data().get::<User>().map(|user| user.0).into_iter().collect())
}

/// Also told of handlers that failed, panicked, or were dropped.
fn tell(outcome: &Outcome<'_>) {
    let user = outcome.data.get::<User>().map_or("nobody", |user| user.0);
    let (status, duration) = (outcome.status.unwrap_or(0), outcome.duration);
    eprintln!("{user} {:?} {} {status} in {duration:?}", outcome.method, outcome.target);
}

#[derive(Default)]
struct Visits(AtomicU64);

async fn visits(exchange: &mut Exchange) -> String {
    let number = exchange.state::<Visits>().0.fetch_add(1, Ordering::Relaxed) + 1;
    format!("You are visitor {number}.\n")
}

fn app() -> App {
    let admin = App::new().before(authorize).get("/users", users);
    App::new()
        .request_ids(|_| false)
        .after(tell)
        .content_limit(1 << 20)
        .timeouts(|timeouts| timeouts.idle = blazeio::Timeout::secs(30))
        .deadline(Duration::from_secs(5))
        .state(Visits::default())
        .get("/", visits)
        .mount("/admin", admin)
        .fallback(Reply::new(404).text("There is nothing here.\n"))
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or("127.0.0.1:8080".to_owned());
    println!("listening on {address}");
    let exit = blazeio_smol::serve(&address, app()).run()?;
    println!("{} connections cut off", exit.cut);
    Ok(())
}
