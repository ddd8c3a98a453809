// Package plan decides what one run does: jobs and an inventory of both servers in, a Plan with the reason for
// every action and every verdict out. It is pure: it reads no clock, no file and no server.
//
// # Invariants
//
// The tests that hold an invariant carry its number in their names (TestInvariant3…). Numbers 1, 2, 3, 8, 9 and 10
// are tested here, 4, 5 and 11 in package run, 6 by the contract in package runtest.
//
//  1. What IAB did not make is safe: no deletion is planned for a foreign snapshot, and nothing is copied over a target
//     object that neither carries this config's mark nor shares an IAB snapshot (same name and date) with the source.
//     What a refresh takes from the replica without an archive stands in Action.Loses.
//  2. The newest own snapshot of a side is never deleted; one dated in the future is kept, warned about, and does not count.
//  3. The newest own snapshot common to both sides is never deleted on either: it is the base of the next copy.
//  4. Nothing is deleted for a ref after any of its actions failed.
//  5. A snapshot that the target's policy wants is never lost to a refresh: it is archived on the target first, whatever
//     removed it from the source.
//  6. A replica never runs by itself: it carries no power state and does not start with its server.
//  8. Every snapshot has exactly one verdict with at least one reason; the same input in any order gives the same bytes.
//  9. Planning again right after a clean run gives one snapshot and one copy per job, and no deletion that was due before;
//     a policy with one more rule never deletes more.
//  10. Instances and volumes are treated alike.
//  11. What IAB stopped, it starts again: on success, on failure, when it is interrupted, and after kill -9 with the next run.
package plan
