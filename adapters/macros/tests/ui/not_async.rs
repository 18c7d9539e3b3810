use blazeio_app::{Exchange, Outcome, routes};

struct Site;

#[routes]
impl Site {
    fn _a(&self, _: &mut Exchange) {}

    fn before_middleware(&self, _: &mut Exchange) {}

    async fn after_middleware(&self, _: &Outcome<'_>) {}
}

fn main() {}
