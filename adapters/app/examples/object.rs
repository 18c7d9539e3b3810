//! An application in Blazeio's object style: each route is a method.
//!
//! ```text
//! cargo run -p blazeio-app --example object -- 127.0.0.1:8000
//! curl 127.0.0.1:8000/api/ip
//! curl -X POST 127.0.0.1:8000/visits
//! ```

use blazeio_app::{Abort, App, Exchange, Json, Outcome, Reply, routes};
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
struct Site {
    visits: AtomicU64,
}

#[routes]
impl Site {
    #[route("/")]
    async fn home(&self, _: &mut Exchange) -> Reply {
        Reply::redirect("/api/ip")
    }

    async fn _api_ip(&self, exchange: &mut Exchange) -> String {
        format!("{}\n", exchange.peer())
    }

    #[route("/visits", methods(GET))]
    async fn visits(&self, _: &mut Exchange) -> Json<u64> {
        Json(self.visits.load(Ordering::Relaxed))
    }

    #[route("/visits", methods(POST))]
    async fn visit(&self, _: &mut Exchange) -> Json<u64> {
        Json(self.visits.fetch_add(1, Ordering::Relaxed) + 1)
    }

    async fn before_middleware(&self, exchange: &mut Exchange) -> Result<(), Abort> {
        let is_bot = exchange.field("user-agent").is_some_and(|agent| agent.contains("bot"));
        if is_bot { Err(Abort::new(403)) } else { Ok(()) }
    }

    fn after_middleware(&self, outcome: &Outcome<'_>) {
        println!("{} {:?} {:?}", outcome.target, outcome.status, outcome.duration);
    }

    async fn handle_all_middleware(&self, exchange: &mut Exchange) -> (u16, String) {
        (404, format!("there is no {}\n", exchange.path()))
    }
}

fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".into());
    blazeio_tokio::serve(&address, App::from(Site::default())).run().map(drop)
}
