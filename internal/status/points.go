package status

import (
	"time"

	"iab/internal/plan"
	"iab/internal/retention"
)

// Place is where a restore point lies.
type Place string

// The places: the object or its replica itself, and an archive or a former replica.
const (
	InSnapshot Place = "snapshot"
	InArchive  Place = "archive"
)

// Point is one restore point.
type Point struct {
	Ref      plan.Ref  `json:"ref"`
	Side     plan.Side `json:"side"`
	Place    Place     `json:"place"`
	Object   string    `json:"object"`  // the name of what holds it, on its side
	Name     string    `json:"name"`    // of the snapshot
	At       time.Time `json:"at"`      // the moment that it stands for
	Created  time.Time `json:"created"` // the server's date
	Own      bool      `json:"own"`     // IAB made it
	Complete bool      `json:"complete"`
	Size     int64     `json:"size,omitempty"` // bytes, 0 where the server does not tell
	KeptBy   []KeptBy  `json:"keptBy"`         // none: the next run deletes it
}

// KeptBy is one reason that keeps a restore point.
type KeptBy struct {
	Code retention.Code `json:"code"`
	Text string         `json:"text"`
}

// Listing is every restore point of some objects.
type Listing struct {
	At        time.Time   `json:"at"`
	Unreached []Unreached `json:"unreached,omitempty"`
	Items     []Point     `json:"items"` // by object, the newest first
}

// List lists the restore points of objects, with times in the zone of the moment.
func List(at time.Time, objects []plan.Object, unreached []Unreached) Listing {
	list := Listing{At: at, Unreached: unreached, Items: []Point{}}
	for _, object := range objects {
		for _, p := range object.Points {
			item := Point{Ref: object.Ref, Side: p.Side, Place: InSnapshot, Object: p.Holder.Name, Name: p.Snapshot,
				At: p.At.In(at.Location()), Created: p.Created.In(at.Location()), Own: p.Own, Complete: p.Complete, Size: p.Size, KeptBy: []KeptBy{}}
			if p.Archived {
				item.Place = InArchive
			}
			for _, reason := range p.KeptBy() {
				item.KeptBy = append(item.KeptBy, KeptBy{reason.Code, reason.String()})
			}
			list.Items = append(list.Items, item)
		}
	}
	return list
}
