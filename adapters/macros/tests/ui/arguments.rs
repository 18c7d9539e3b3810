use blazeio_app::routes;

struct Site;

#[routes(prefix = "/a")]
impl Site {}

fn main() {}
