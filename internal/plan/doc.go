// Package plan decides what one run does: jobs and an inventory of both servers in, a Plan with the reason for
// every action and every verdict out. It is pure: it reads no clock, no file and no server.
//
// # Invariants
//
// The tests that hold an invariant carry its number in their names (TestInvariant3…). Numbers 1, 2, 3, 8, 9, 10 and
// 12 are tested here, 4, 5, 7, 11 and 13 in package run, 6 by the contract in package runtest.
//
//  1. What IAB did not make is safe: no deletion is planned for a foreign snapshot, and nothing is copied over a target
//     object that neither carries this config's mark nor shares an IAB snapshot (same name and date) with the source. A profile
//     that the target has is changed only if this config made it.
//     What a refresh takes from the replica without an archive stands in Action.Loses. What IAB itself has copied counts as its own
//     copy: archives and former replicas are judged by the target's policy with all that they hold, and a snapshot whose copy was
//     never finished is deleted to be sent again, if the source still has it.
//     A replica gets another name only with its object, by an identity that exactly one object and one idle replica have; nothing
//     is ever deleted because an object is gone from the source, but by ForgetOf, which a person asks for.
//  2. The newest own snapshot of a side is never deleted; one dated in the future is kept, warned about, and does not count.
//  3. The newest own snapshot common to both sides is never deleted on either: it is the base of the next copy.
//  4. Nothing is deleted for a ref after any of its actions failed.
//  5. A snapshot that the target's policy wants is never lost to a refresh: it is archived on the target first, whatever
//     removed it from the source.
//  6. A replica never runs by itself: it carries no power state and does not start with its server.
//  7. A replica that can't be continued is never deleted: it is set aside under another name, and what it holds is judged by the
//     target's policy like snapshots and archives, until none of it is wanted.
//  8. Every snapshot has exactly one verdict with at least one reason; the same input in any order gives the same bytes.
//  9. Planning again right after a clean run gives one snapshot and one copy per job, and no deletion that was due before;
//     a policy with one more rule never deletes more.
//  10. Instances and volumes are treated alike.
//  11. What IAB stopped, it starts again, and what it froze, it resumes: on success, on failure, when it is interrupted, and after
//     kill -9 with the next run. The instance that IAB itself runs in is neither stopped nor frozen.
//  12. What a failback has replaced on the source is removed only when no restore point of either side is lost with it: each of its
//     snapshots is expired by the source's policy or stays, whole, in another place, and the target had its last state.
//  13. What the copies of another config build on is never deleted on the source, for 30 days after they were last made.
package plan
