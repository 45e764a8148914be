package daemon

import "example.org/runs/internal/model"

// What the rules of the predecessor name.
func (d *Daemon) launch(ref string) {
	event := model.NewStatusEvent(ref, "booting") // finds: run-status
	_ = d.store.AppendEvent(ref, event) // finds: status-append
	if err := d.store.AppendEvent(ref, model.NewEvent(ref, model.EventTypeStatus)); err != nil { // finds: run-status
		return
	}
	if err := d.store.AppendEvent(ref, model.NewEvent(ref, "status")); err != nil { // finds: run-status
		return
	}
	one := model.Event{Type: "status", Run: ref} // finds: run-status
	two := model.Event{Type: model.EventTypeStatus} // finds: run-status
	three := model.NewEvent(ref, "metric") // finds: event-vocabulary
	four := model.Event{Type: "metric"} // finds: event-vocabulary, run-status
	five := model.EventType("metric") // finds: event-vocabulary
	_, _, _, _, _ = one, two, three, four, five
}

func (d *Daemon) stealLease(id string, lease *Lease) {
	d.workerLeases[id] = lease // finds: worker-lease
	delete(d.workerLeases, id) // finds: worker-lease
	d.workers[id] = nil // finds: worker-lease
	delete(d.workers, id) // finds: worker-lease
}
