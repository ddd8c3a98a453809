package remote

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/lxc/incus/v6/shared/api"
)

// failure makes one sentence of what was done and why it did not work, with advice where the cause is known.
// A cancelled context stays recognisable by errors.Is.
func failure(what string, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	cause := tidy(err)
	return &Error{Text: fmt.Sprintf("%s: %s", what, cause), Hint: hintFor(err, cause), Err: err}
}

// tidy shortens the layers that the servers put around a cause, and keeps it on one line.
func tidy(err error) string {
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	text := strings.Join(strings.Fields(err.Error()), " ")
	for _, layer := range []string{
		"Failed instance creation: ",
		"Error transferring instance data: ",
		"Failed migration on target: ",
		"Failed migration on source: ",
		"Error from migration control target: ",
		"Failed creating instance on target: ",
		"Failed to run: ",
	} {
		text = strings.ReplaceAll(text, layer, "")
	}
	return text
}

// hints are what a person can do about the errors that real servers were seen to answer.
var hints = []struct{ part, hint string }{
	{"cannot find parent subvolume", "the target has not got the snapshot that the source builds on; run again, and if it can't be continued at all the plan says so, and what to do"},
	{"UNIQUE constraint failed: storage_volumes_snapshots", "the target has kept the record of a snapshot's volume, but no snapshot, when an earlier copy broke, and its API can't remove that. " +
		"While nothing works on the replica remove it in the target's database: incus admin sql global \"DELETE FROM storage_volumes_snapshots WHERE storage_volume_id IN " +
		"(SELECT v.id FROM storage_volumes v JOIN projects p ON p.id = v.project_id WHERE v.type IN (0, 3) AND v.name = 'INSTANCE' AND p.name = 'PROJECT') AND name NOT IN " +
		"(SELECT s.name FROM instances_snapshots s JOIN instances i ON i.id = s.instance_id JOIN projects p ON p.id = i.project_id WHERE i.name = 'INSTANCE' AND p.name = 'PROJECT')\""},
	{lostData, "the target died while it took a copy, and the replica has lost its live data, but no snapshot; the next run sets it aside and makes a new one"},
	{"found in subvolumes list", "Incus can't send a btrfs volume that has a blank in its name; rename the volume"},
	{"nothing has moved for", "see the network between both servers, and their logs; what still goes on there is waited for by the next run. If copies are that slow, set a longer iab.stallTimeout"},
	{"Not a Btrfs subvolume", "that server died in a copy and has left an empty directory where the subvolume was to come: remove that there by rmdir, where the pool is mounted, then delete the instance by hand"},
	{"volume is still in use", "something uses it, such as the former replica of an instance: it can be deleted after that"},
	{"still works on it", "see `incus operation list` on that server; the next run waits for it"},
	{"exclusive access", "another operation works on it, or it runs on the target; wait for it, or stop it"},
	{"is running", "stop it on the target: a running replica can't be refreshed"},
	{"No space left", "free space in the target's pool, or enlarge it"},
	{"quota", "enlarge the size of the replica or of the target's pool"},
	{"relies on this profile's root disk", "an instance on the target has its root disk from the profile; give it one of its own: incus config device override"},
	{"profile change still saved", "look at these instances on the target: they have the profile, but not what it names"},
	{"already exists", "another object of that name came up in the meantime; look at both servers, then run again"},
	{"waiting for migration control connection", "one server has waited half a minute for the other in vain; see the load of both, and if it lasts whether they reach each other: iab check"},
	{"context deadline exceeded", "the server took too long; see its load and its log"},
	{"Certificate is restricted", "allow the project: incus config trust edit FINGERPRINT, projects"},
	{"not authorized", "IAB's certificate may not do this; see `incus config trust list` on that server"},
}

func hintFor(err error, cause string) string {
	for _, h := range hints {
		if strings.Contains(strings.ToLower(cause), strings.ToLower(h.part)) {
			return h.hint
		}
	}
	if api.StatusErrorCheck(err, http.StatusForbidden) {
		return "IAB's certificate may not do this; see `incus config trust list` on that server"
	}
	return ""
}
