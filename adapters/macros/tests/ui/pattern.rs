use blazeio_app::{Exchange, routes};

struct Site;

#[routes]
impl Site {
    #[route("no/slash")]
    async fn a(&self, _: &mut Exchange) {}

    #[route = "/{*rest}/b"]
    async fn b(&self, _: &mut Exchange) {}

    #[route("/c/{d", methods(GET))]
    async fn c(&self, _: &mut Exchange) {}

    #[route("/%41")]
    async fn d(&self, _: &mut Exchange) {}

    async fn _e__f(&self, _: &mut Exchange) {}

    #[route(methods(GET))]
    async fn nameless(&self, _: &mut Exchange) {}
}

fn main() {}
