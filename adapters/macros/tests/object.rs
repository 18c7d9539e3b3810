//! Objects whose methods are routes.

use blazeio::Method;
use blazeio_app::{
    Abort, App, Exchange, IntoReply, Json, Object, Outcome, Reply, TestClient, routes,
};
use blazeio_tokio::Tokio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Site {
    visits: AtomicU32,
    told: Mutex<Vec<String>>,
}

#[routes]
impl Site {
    /// An ordinary constant, left alone.
    const NAME: &'static str = "site";

    async fn _api_ip(&self, exchange: &mut Exchange) -> String {
        format!("{} {}", Self::NAME, self.of(exchange.peer()))
    }

    #[route("/")]
    async fn home(&self, _: &mut Exchange) -> &'static str {
        "home"
    }

    #[route = "/lamps/{id}"]
    async fn any_lamp(&self, exchange: &mut Exchange) -> Option<String> {
        exchange.param("id").map(|id| format!("any {id}"))
    }

    #[route("/lamps/{id}", methods(PUT, "M-SEARCH"))]
    #[route("/old/{id}", methods(GET))]
    async fn lamp(&self, exchange: &mut Exchange) -> Result<Json<u32>, Abort> {
        let id = exchange.param("id").ok_or(Abort::new(404))?;
        Ok(Json(id.parse().map_err(|_| Abort::new(400))?))
    }

    #[route(methods(POST))]
    async fn _count(&self, exchange: &mut Exchange) -> Result<String, Abort> {
        let mut bytes = 0;
        while let Some(piece) = exchange.read().await? {
            bytes += piece.len();
        }
        Ok(bytes.to_string())
    }

    #[cfg(not(test))]
    async fn _never(&self, _: &mut Exchange) -> Missing {}

    #[cfg(test)]
    pub async fn _always(&self, _: &mut Exchange) -> impl IntoReply + use<> {
        (201, "always")
    }

    async fn before_middleware(&self, exchange: &mut Exchange) -> Option<Reply> {
        self.visits.fetch_add(1, Ordering::Relaxed);
        let is_barred = exchange.query_string() == "barred";
        is_barred.then(|| Reply::new(403))
    }

    fn after_middleware(&self, outcome: &Outcome<'_>) {
        self.told.lock().unwrap().push(format!("{} {:?}", outcome.target, outcome.status));
    }

    async fn handle_all_middleware(&self, exchange: &mut Exchange) -> (u16, String) {
        (404, format!("no {}", exchange.path()))
    }

    fn of(&self, peer: &impl std::fmt::Display) -> String {
        format!("{peer} {}", self.visits.load(Ordering::Relaxed))
    }
}

fn client(app: App) -> TestClient {
    TestClient::new(app, Tokio::current()).unwrap()
}

#[tokio::test]
async fn methods_are_routes_by_name_and_by_attribute() {
    let client = client(App::from(Site::default()));
    for (method, target, status, text) in [
        (Method::Get, "/api/ip", 200, "site unnamed 1"),
        (Method::Delete, "/api/ip", 200, "site unnamed 2"),
        (Method::Get, "/", 200, "home"),
        (Method::Get, "/lamps/a", 200, "any a"),
        (Method::Put, "/lamps/7", 200, "7"),
        (Method::Extension(b"M-SEARCH"), "/lamps/8", 200, "8"),
        (Method::Put, "/lamps/a", 400, "Bad Request"),
        (Method::Get, "/old/9", 200, "9"),
        (Method::Put, "/old/9", 405, "Method Not Allowed"),
        (Method::Get, "/always", 201, "always"),
        (Method::Get, "/never", 404, "no /never"),
        (Method::Get, "/home", 404, "no /home"),
        (Method::Get, "/?barred", 403, ""),
        (Method::Get, "/count", 405, "Method Not Allowed"),
    ] {
        let response = client.send(method, target, &[], b"").await.unwrap();
        assert_eq!((response.status(), response.text()), (status, text), "{method:?} {target}");
    }
    assert_eq!(client.post("/count", "a/b", "12345").await.unwrap().text(), "5");
}

#[tokio::test]
async fn an_object_is_shared_with_whoever_made_it_and_can_be_mounted() {
    let site = Arc::new(Site::default());
    let other = Arc::new(Site::default());
    let app = Arc::clone(&site).into_app().mount("/other", Arc::clone(&other).into_app());
    let client = client(app);
    assert_eq!(client.get("/").await.unwrap().text(), "home");
    assert_eq!(client.get("/other").await.unwrap().text(), "home");
    assert_eq!(client.get("/other/nope").await.unwrap().text(), "no /other/nope");
    assert_eq!(client.get("/other/api/ip").await.unwrap().text(), "site unnamed 3");
    // Middleware of the outer one comes around that of the inner.
    let visits = |site: &Site| site.visits.load(Ordering::Relaxed);
    assert_eq!((visits(&site), visits(&other)), (4, 3));
    drop(client);
    assert_eq!(site.told.lock().unwrap().first().unwrap(), "/ Some(200)");
}
