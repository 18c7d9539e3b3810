//! The vectors of routes, through an application: its shorter way to literal patterns included.

#[path = "../../../tests/route_vectors/mod.rs"]
mod route_vectors;

use blazeio_app::{App, Reply, TestClient};
use blazeio_tokio::Tokio;
use route_vectors::{Expected, tables};

#[tokio::test]
async fn each_request_belongs_to_the_route_that_its_vector_says() {
    for table in tables() {
        let app = App::new();
        for (place, (method, pattern)) in table.routes.iter().enumerate() {
            let reply = Reply::new(200).field("X-Place", place.to_string());
            app.add_route(*method, *pattern, reply).unwrap();
        }
        let client = TestClient::new(app, Tokio::current()).unwrap();
        for (method, target, expected) in &table.requests {
            let response = client.send(*method, target, &[], b"").await.unwrap();
            let found = match response.status() {
                200 => Expected::Route(response.field("x-place").unwrap().parse().unwrap()),
                405 => {
                    let allowed = response.field("allow").unwrap().strip_suffix(", OPTIONS");
                    Expected::Allows(allowed.unwrap().to_owned().leak())
                }
                404 => Expected::Nothing,
                other => panic!("{method:?} {target}: {other}"),
            };
            assert_eq!(found, *expected, "{method:?} {target}");
        }
    }
}
