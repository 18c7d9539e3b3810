//! How a test is run: where its clock jumps, and else not here.

macro_rules! story {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {};
}

macro_rules! jumping {
    ($(#[$meta:meta])* async fn $name:ident() $body:block) => {
        $(#[$meta])*
        #[tokio::test(start_paused = true)]
        async fn $name() $body
    };
}

pub(crate) use {jumping, story, story as spread};
