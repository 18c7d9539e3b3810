use blazeio_app::routes;

struct Site;

#[routes]
impl Clone for Site {
    fn clone(&self) -> Self {
        Self
    }
}

fn main() {}
