package remote

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"iab/internal/plan"
)

// tornRecords is what a server says of an instance of which a snapshot has a record and no volume: it died while it took or deleted
// that. It does nothing to such an instance any more, not even start it, until the snapshot is deleted (seen on 6.0.4).
const tornRecords = "snapshot record count doesn't match instance snapshot volume record count"

// mends looks after a call on an instance that has failed because of what a dead server has left.
func (p *Pair) mends(ctx context.Context, failed *error, side plan.Side, ref plan.Ref) {
	if *failed != nil && ref.Kind == plan.Instance && ctx.Err() == nil && strings.Contains((*failed).Error(), tornRecords) {
		*failed = p.mend(ctx, *failed, side, ref)
	}
}

// mend removes the record without a volume of a snapshot that IAB made: there is no data behind it. The plan has taken it for a
// snapshot, so nothing more is done to the instance in this run. A foreign one is named, for a person to delete. It returns
// what is to be said of the failure.
func (p *Pair) mend(ctx context.Context, failed error, side plan.Side, ref plan.Ref) error {
	if p.calm(ctx, side, ref, "") != nil {
		return failed
	}
	name, err := p.in(side, ref.Project).torn(ref)
	if err != nil || name == "" {
		return failed
	}
	left := fmt.Sprintf("the %s died while it took or deleted snapshot %s, and has left its record without data; ", side, name)
	if !(plan.Snapshot{Name: name}).Own() {
		return &Error{Text: failed.Error(), Err: failed,
			Hint: left + fmt.Sprintf("delete it there: incus snapshot delete %s %s --project %s", ref.Name, name, ref.Project)}
	}
	if p.deleteSnapshot(ctx, side, ref, name) != nil {
		return failed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mended[ref] = true
	return &Error{Text: failed.Error(), Err: failed, Hint: left + "it is removed now, and the next run goes on"}
}

// torn names the snapshot of an instance that has a record and no volume, nothing if there is none. More than one can't come of one
// death, since nothing is done to the instance after it; then, or where there are volumes without a record, this must be something
// else, and is left alone.
func (c *projectClient) torn(ref plan.Ref) (string, error) {
	instance, _, err := c.GetInstance(ref.Name)
	if err != nil {
		return "", err
	}
	records, err := c.GetInstanceSnapshotNames(ref.Name)
	if err != nil {
		return "", err
	}
	_, root, _ := rootDisk(instance.ExpandedDevices)
	volumes, err := c.GetStoragePoolVolumeNames(root["pool"])
	if err != nil {
		return "", err
	}
	whole := instance.Type + "/" + ref.Name
	var torn []string
	for _, name := range records {
		if name = plainName(name); !slices.Contains(volumes, whole+"/snapshots/"+name) {
			torn = append(torn, name)
		}
	}
	held := 0
	for _, volume := range volumes {
		if strings.HasPrefix(volume, whole+"/") {
			held++
		}
	}
	if len(torn) != 1 || held != len(records)-1 || !slices.Contains(volumes, whole) {
		return "", nil
	}
	return torn[0], nil
}

// fit returns an error if this run has removed records of an instance: its plan is wrong about that.
func (p *Pair) fit(what string, ref plan.Ref) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mended[ref] {
		return &Error{Text: what + ": the record of a snapshot without data was removed in this run", Hint: "nothing more is done to it in this run; the next one goes on"}
	}
	return nil
}
