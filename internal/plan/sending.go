package plan

import "fmt"

// Sending is how much a restore sends from one server to the other.
type Sending struct {
	Bytes *int64 `json:"bytes,omitempty"` // 0: nothing; nil: not known
	Sends string `json:"sends,omitempty"` // the same in words, with the reason where it is not known
}

// sendsNothing is the Sending of what happens on one server.
func sendsNothing(why string) Sending { return Sending{Bytes: new(int64), Sends: "nothing: " + why} }

// sendingOf is how much it is to send an object that lies in a pool of the driver, or one snapshot of it, without its history.
// What a server tells of a snapshot is only how much it differs from others. On btrfs the object itself is told like that, too, and
// on dir nothing is (seen on 6.0.4).
func sendingOf(holder Holding, driver string) Sending {
	switch {
	case driver == "btrfs":
		return Sending{Sends: "how much is not known: a btrfs pool only tells what an object does not share with its snapshots"}
	case holder.Used <= 0:
		return Sending{Sends: "how much is not known: the pool tells no sizes"}
	}
	return Sending{Bytes: &holder.Used, Sends: fmt.Sprintf("about %s, which is what it takes there now", Size(holder.Used))}
}

// sending is how much comes over when the holder of a restore point, on a side, is fetched to where it shall be.
func (p planner) sending(side Side, holder Ref) Sending {
	if side == p.request.To {
		return sendsNothing(fmt.Sprintf("the %s has it itself", side))
	}
	server := p.inv.On(side)
	held := server.Holdings[holder]
	return sendingOf(held, server.Pools[held.Pool].Driver)
}
