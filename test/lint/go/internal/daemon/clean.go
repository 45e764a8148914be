package daemon

import "example.org/runs/internal/model"

type Filter struct{ Type string }
type Light struct{ Type string }

// model.NewStatusEvent(ref, "done") in a comment, and delete(d.workerLeases, id) too.
func (d *Daemon) read(events []model.Event) int {
	text := `model.NewStatusEvent(ref, "done"); Type: "status"`
	filter := Filter{Type: "status"}
	light := Light{Type: "status"}
	note := model.Event{Type: "note"}
	phase := model.NewEvent("r", model.EventTypePhase)
	count := len(text) + len(filter.Type) + len(light.Type) + len(d.workerLeases)
	for _, event := range events {
		if event.Type == "status" {
			count++
		}
	}
	if lease, ok := d.workerLeases["x"]; ok && lease.Active {
		count++
	}
	if err := d.store.AppendEvent("r", note); err != nil {
		return 0
	}
	err := d.store.AppendEvent("r", phase)
	if err != nil {
		return 0
	}
	return count
}
