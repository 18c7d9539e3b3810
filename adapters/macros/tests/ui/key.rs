use blazeio_app::{Exchange, routes};

struct Site;

#[routes]
impl Site {
    #[route("/a", method(GET))]
    async fn a(&self, _: &mut Exchange) {}

    #[route(path = "/b")]
    async fn b(&self, _: &mut Exchange) {}

    #[route]
    async fn c(&self, _: &mut Exchange) {}

    #[route = 5]
    async fn d(&self, _: &mut Exchange) {}

    #[route("/e", methods(GET), "/f")]
    async fn e(&self, _: &mut Exchange) {}

    #[route()]
    async fn f(&self, _: &mut Exchange) {}
}

fn main() {}
