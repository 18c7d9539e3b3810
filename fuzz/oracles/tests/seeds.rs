//! Every property holds of every seed: the minimised corpora, and what was found by them.

use blazeio_oracles::TARGETS;
use std::panic::catch_unwind;
use std::path::Path;

/// What the target is held to have at least: less is a folder that was lost or misnamed.
const LEAST: usize = 100;

#[test]
fn every_seed_of_every_target_holds() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("seeds");
    for target in TARGETS {
        let mut count = 0;
        for entry in std::fs::read_dir(seeds.join(target.name)).expect(target.name) {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            let holds = catch_unwind(|| (target.run)(&bytes)).is_ok();
            assert!(holds, "{}: {}", target.name, path.display());
            count += 1;
        }
        assert!(count >= LEAST, "{}: {count} seeds", target.name);
    }
}

#[test]
fn every_folder_of_seeds_and_every_fuzz_target_belongs_to_a_property() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for folder in ["seeds", "fuzz_targets"] {
        let mut names: Vec<_> = std::fs::read_dir(fuzz.join(folder))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        // Without `std` some properties are not there.
        names.retain(|name| cfg!(feature = "std") || TARGETS.iter().any(|t| t.name == name));
        assert_eq!(names, TARGETS.iter().map(|t| t.name).collect::<Vec<_>>(), "{folder}");
    }
}
