#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use callside_testkit::FakeClock;

use reqwest::header::HeaderMap;

use super::*;

fn gate() -> (Arc<FakeClock>, Arc<Gate>) {
    let start = Timestamp::from_second(1_772_442_000).unwrap();
    let clock = Arc::new(FakeClock::at(start));
    (clock.clone(), Arc::new(Gate::with_clock(clock)))
}

fn ms(count: i64) -> SignedDuration {
    SignedDuration::from_millis(count)
}

/// How many requests of the class pass within a second, looked at every ten milliseconds.
fn passed_in_a_second(clock: &FakeClock, gate: &Gate, class: Class) -> usize {
    let mut passed = 0;
    for _ in 0..100 {
        while gate.try_pass(class, Turn::Alone, clock.now()).is_ok() {
            passed += 1;
        }
        clock.advance(ms(10));
    }
    passed
}

fn answer(status: u16, header: &'static str, value: i64) -> Answer {
    let mut headers = HeaderMap::new();
    headers.insert(header, value.into());
    Answer::new(status, headers, Vec::new())
}

#[test]
fn each_class_keeps_to_its_rate() {
    let table = [
        // limit per second (0: unknown), class, at least, at most
        (0, Class::Log, 4, 5),
        (0, Class::FirstCopy, 3, 4),
        (0, Class::Sync, 2, 3),
        (5, Class::Log, 4, 5),
        (5, Class::FirstCopy, 3, 4),
        (23, Class::Log, 20, 23),
        (23, Class::FirstCopy, 19, 22),
        (23, Class::Sync, 2, 3),
        (1, Class::Log, 1, 1),
        (1, Class::Sync, 1, 1),
    ];
    for (limit, class, least, most) in table {
        let (clock, gate) = gate();
        if limit > 0 {
            gate.told(Window::Second, limit, 0);
        }
        let passed = passed_in_a_second(&clock, &gate, class);
        assert!(
            (least..=most).contains(&passed),
            "{class:?} at {limit}: {passed}"
        );
    }
}

#[test]
fn no_second_holds_more_than_the_limit_however_it_is_cut() {
    let (clock, gate) = gate();
    gate.told(Window::Second, 8, 0);
    let mut passes = Vec::new();
    for _ in 0..600 {
        while gate.try_pass(Class::Log, Turn::Alone, clock.now()).is_ok() {
            passes.push(clock.now());
        }
        clock.advance(ms(10));
    }
    for (index, start) in passes.iter().enumerate() {
        let within = passes[index..]
            .iter()
            .take_while(|at| at.duration_since(*start) < ms(1_000));
        assert!(within.count() <= 8);
    }
    assert!(
        passes.len() >= 42,
        "and the limit is used: {}",
        passes.len()
    );
}

#[tokio::test]
async fn a_waiting_log_passes_before_a_waiting_sync() {
    let (clock, gate) = gate();
    gate.told(Window::Second, 1, 0);
    gate.pass(Class::Log, Turn::Alone).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (count, class) in [(1, Class::Sync), (2, Class::Card), (3, Class::Log)] {
        let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            gate.pass(class, Turn::Alone).await.unwrap();
            order.lock().unwrap().push(class);
        }));
        clock.until_asleep(count).await;
    }
    while order.lock().unwrap().len() < 2 {
        clock.advance(ms(10));
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(order.lock().unwrap()[..2], [Class::Log, Class::Card]);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn a_refused_request_makes_the_next_wait_and_a_long_wait_is_told() {
    let (clock, gate) = gate();
    let pass = gate.pass(Class::Log, Turn::Alone).await.unwrap();
    let wait = SignedDuration::from_secs(40);
    gate.answered(&pass, &answer(429, "retry-after", wait.as_secs()));
    let late = gate.pass(Class::Log, Turn::Alone).await.unwrap_err();
    assert_eq!(late.retry_after, wait);
    clock.advance(wait);
    gate.pass(Class::Log, Turn::Alone).await.unwrap();
}

#[tokio::test]
async fn the_sync_is_told_to_come_back_when_little_is_left_and_a_log_still_goes() {
    let (clock, gate) = gate();
    let pass = gate.pass(Class::Sync, Turn::Alone).await.unwrap();
    gate.told(Window::Minute, 148, 0);
    gate.answered(&pass, &answer(200, "x-quota-remaining-by-minute", 12));
    clock.advance(SignedDuration::from_secs(10));
    let late = gate.pass(Class::Sync, Turn::Alone).await.unwrap_err();
    assert_eq!(late.retry_after, SignedDuration::from_secs(50));
    gate.pass(Class::Log, Turn::Alone).await.unwrap();
    let report = gate.report();
    assert_eq!(report.remaining["minute"], 11);
    assert_eq!(report.spent["log"], 1);
    assert_eq!(report.last_minute, 2);
}

/// A gate whose minute has this many requests left of sixty.
async fn gate_with_left(left: i64) -> (Arc<FakeClock>, Arc<Gate>) {
    let (clock, gate) = gate();
    gate.told(Window::Second, 10, 0);
    gate.told(Window::Minute, 60, 0);
    let pass = gate.pass(Class::Log, Turn::Alone).await.unwrap();
    gate.answered(&pass, &answer(200, "x-quota-remaining-by-minute", left));
    drop(pass);
    clock.advance(SignedDuration::from_secs(5));
    (clock, gate)
}

#[tokio::test]
async fn a_look_keeps_room_for_its_write_and_gives_it_back() {
    let (clock, gate) = gate_with_left(2).await;
    let now = clock.now();
    let look = gate.try_pass(Class::Log, Turn::Look, now).unwrap();
    clock.advance(SignedDuration::from_secs(1));
    let now = clock.now();
    assert!(gate.try_pass(Class::Log, Turn::Alone, now).is_err());
    gate.try_pass(Class::Log, Turn::Write, now).unwrap();
    drop(look);

    let (clock, gate) = gate_with_left(2).await;
    let now = clock.now();
    drop(gate.try_pass(Class::Log, Turn::Look, now).unwrap());
    clock.advance(SignedDuration::from_secs(1));
    let now = clock.now();
    gate.try_pass(Class::Log, Turn::Alone, now).unwrap();
}

#[tokio::test]
async fn no_look_goes_whose_write_would_have_to_wait_for_the_next_minute() {
    let (clock, gate) = gate_with_left(1).await;
    let now = clock.now();
    assert!(gate.try_pass(Class::Log, Turn::Look, now).is_err());
    gate.try_pass(Class::Log, Turn::Alone, now).unwrap();
    // Others spent what was left behind the look: it is told to look again.
    let (clock, gate) = gate_with_left(2).await;
    let look = gate.try_pass(Class::Log, Turn::Look, clock.now()).unwrap();
    gate.answered(&look, &answer(200, "x-quota-remaining-by-minute", 0));
    let late = gate.pass(Class::Log, Turn::Write).await.unwrap_err();
    assert!(late.retry_after > FRESH);
}

#[tokio::test]
async fn where_a_minute_has_a_single_request_a_look_still_goes() {
    let (clock, gate) = gate();
    gate.told(Window::Minute, 1, 0);
    gate.try_pass(Class::Log, Turn::Look, clock.now()).unwrap();
}

#[tokio::test]
async fn a_write_passes_before_all_who_wait() {
    let (clock, gate) = gate();
    gate.told(Window::Second, 1, 0);
    let look = gate.pass(Class::Log, Turn::Look).await.unwrap();
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for (count, turn) in [(1, Turn::Alone), (2, Turn::Alone), (3, Turn::Write)] {
        let (gate, order) = (Arc::clone(&gate), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            gate.pass(Class::Log, turn).await.unwrap();
            order.lock().unwrap().push(turn);
        }));
        clock.until_asleep(count).await;
    }
    while order.lock().unwrap().is_empty() {
        clock.advance(ms(10));
        for _ in 0..8 {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(order.lock().unwrap()[..], [Turn::Write]);
    drop(look);
    for task in tasks {
        task.abort();
    }
}
