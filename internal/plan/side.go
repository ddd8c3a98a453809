package plan

// Side names one of the two servers of a run.
type Side string

// The two sides. Data flows from Source to Target and never back in a run.
const (
	Source Side = "source"
	Target Side = "target"
)

// BothSides lists the sides in the order in which they are read, shown and pruned.
var BothSides = [...]Side{Source, Target}

// Sides holds one value per side.
type Sides[T any] struct {
	Source T `json:"source"`
	Target T `json:"target"`
}

// On returns the value of one side.
func (s Sides[T]) On(side Side) T {
	if side == Target {
		return s.Target
	}
	return s.Source
}

// Set replaces the value of one side.
func (s *Sides[T]) Set(side Side, value T) {
	if side == Target {
		s.Target = value
		return
	}
	s.Source = value
}
