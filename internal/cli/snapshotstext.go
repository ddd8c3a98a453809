package cli

import (
	"fmt"
	"slices"
	"strings"

	"iab/internal/plan"
	"iab/internal/status"
)

// snapshotsText writes restore points for people, a table per object.
func snapshotsText(list status.Listing, objects []plan.Object, width int) string {
	var b strings.Builder
	for _, u := range list.Unreached {
		fmt.Fprintf(&b, "The restore points of the %s are missing: %s\n", u.Side, u.Error)
		if u.Hint != "" {
			fmt.Fprintf(&b, "  hint: %s\n", u.Hint)
		}
		fmt.Fprintln(&b)
	}
	shown := 0
	for _, object := range objects {
		heading := object.Ref.String()
		if object.Jobless {
			heading += ", which no job takes any more"
		}
		fmt.Fprintln(&b, heading)
		end := shown + len(object.Points)
		b.WriteString(pointsTable(list, list.Items[shown:end], width))
		shown = end
		fmt.Fprintln(&b)
	}
	fmt.Fprintf(&b, "%s of %s\n", count(len(list.Items), "restore point"), count(len(objects), "object"))
	return b.String()
}

// pointsTable is a line per restore point of one object.
func pointsTable(list status.Listing, points []status.Point, width int) string {
	if len(points) == 0 {
		return "  none\n"
	}
	header := []string{"  at", "age", "side", "place", "snapshot", "complete", "size", "kept by"}
	var rows [][]string
	for _, p := range points {
		place, complete := string(p.Place), "yes"
		if p.Place == status.InArchive {
			place = p.Object
		}
		if !p.Complete {
			complete = "no"
		}
		rows = append(rows, []string{"  " + p.At.Format("2006-01-02 15:04:05 MST"), status.Age(list.At.Sub(p.At)), string(p.Side), place, p.Name, complete,
			sized(p), keeps(p)})
	}
	if !slices.ContainsFunc(points, func(p status.Point) bool { return p.Size > 0 }) {
		header = slices.Delete(header, 6, 7) // this server never tells
		for i := range rows {
			rows[i] = slices.Delete(rows[i], 6, 7)
		}
	}
	return alignedTable(header, rows, len(header)-1, width, nil)
}

// keeps is why a restore point stays, for people.
func keeps(p status.Point) string {
	if len(p.KeptBy) == 0 {
		return "nothing: the next run deletes it"
	}
	var texts []string
	for _, k := range p.KeptBy {
		texts = append(texts, k.Text)
	}
	return strings.Join(texts, "; ")
}

// sized is the size for people.
func sized(p status.Point) string {
	if p.Size <= 0 {
		return "-"
	}
	return plan.Size(p.Size)
}
