use blazeio_app::{Exchange, Outcome, routes};

struct Site;

#[routes]
impl Site {
    async fn _none(&self) {}

    async fn _shared(&self, _: &Exchange) {}

    async fn _value(&self, _: Exchange) {}

    async fn _two(&self, _: &mut Exchange, _: u32) {}

    async fn _generic<T>(&self, _: &mut Exchange) {}

    fn after_middleware(&self, _: &mut Outcome<'_>) {}
}

fn main() {}
