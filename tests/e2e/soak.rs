//! The same as in the stories, for as long as it takes. `CALLSIDE_SOAK` says how often.

use crate::stories::kill_at_random_moments;

#[tokio::test]
async fn killed_at_many_random_moments_nothing_is_lost_or_written_twice() {
    let Some(rounds) = std::env::var_os("CALLSIDE_SOAK") else {
        eprintln!("skipped: the soak runs with CALLSIDE_SOAK=ROUNDS (make soak)");
        return;
    };
    let rounds = rounds
        .to_string_lossy()
        .parse()
        .expect("a number of rounds");
    kill_at_random_moments(rounds, 4_107).await;
}
