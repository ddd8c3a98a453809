package plan

import (
	"maps"
	"slices"
)

// VolumeRestores are the restores of the custom volumes that the restored object uses, each of the same snapshot, or of its
// newest point before that. A volume that is there is left as it is unless the object itself goes back in place.
func VolumeRestores(request RestoreRequest, survey Survey, inv Inventory) []RestoreRequest {
	holder := inv.On(request.Point.Side).Holdings[request.Point.Holder]
	devices := holder.original()
	var list []RestoreRequest
	for _, name := range slices.Sorted(maps.Keys(devices)) {
		i := slices.IndexFunc(survey.Objects, func(o Object) bool { return o.attachedBy(request.Object, devices[name]) })
		if i < 0 {
			continue
		}
		object := survey.Objects[i]
		_, there := inv.On(request.To).Holdings[object.Ref]
		point, ok := object.beside(request.Point)
		if !ok || there && !request.InPlace || slices.ContainsFunc(list, func(r RestoreRequest) bool { return r.Object.Ref == object.Ref }) {
			continue
		}
		list = append(list, RestoreRequest{Object: object, Point: object.Near(point, request.To), To: request.To, InPlace: request.InPlace, For: request.Object.Ref, Unread: request.Unread})
	}
	return list
}

// projectOn is the project of the object on one side.
func (o Object) projectOn(side Side) string {
	if side == Target {
		return o.Job.Replica().Project
	}
	return o.Ref.Project
}

// attachedBy reports whether a device of another object attaches this one, on either side.
func (o Object) attachedBy(other Object, device Device) bool {
	ref, replica := volumeOf(other.Ref.Project, device), volumeOf(other.projectOn(Target), device)
	return ref != Ref{} && (o.Ref == ref || o.Job.Replica() == replica)
}

// beside returns the complete restore point of the same snapshot, else the newest one before it.
func (o Object) beside(point Point) (Point, bool) {
	for _, p := range o.Points {
		if p.Complete && p.Snapshot == point.Snapshot {
			return p, true
		}
	}
	for _, p := range o.Points {
		if p.Complete && !p.At.After(point.At) {
			return p, true
		}
	}
	return Point{}, false
}
