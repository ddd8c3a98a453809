package config

import "iab/internal/plan"

// CheckName returns what keeps an object from having the name of the ref, as the end of a sentence that begins with the name. The rules are
// those that every version of Incus has.
func CheckName(ref plan.Ref) error {
	if ref.Kind == plan.Volume {
		return volumeName(ref.Name)
	}
	return instanceName(ref.Name)
}
