// Package flow runs the written procedures of a bot: YAML files in which a
// shop says what to ask, what to look up and what to say then.
//
// A file is read strictly (Read, ReadFS): an unknown key, a wrong type, a goto
// to nowhere, a step that nothing reaches, a template or condition that names
// an unknown value is an error with file, line and a hint. What was read is
// run by a Set, which implements dialog.FlowSet as pure functions: the same
// frame and message give the same step, always.
//
// # The format
//
//	flow: parcel_track            # name: a-z, digits, _
//	title: 查物流                 # for people: "对了，刚才的查物流还没办完。"
//	triggers:
//	  intents: [parcel_track]     # start it when the intent is sure
//	  entities: [tracking_number] # start it on such data with no other wish
//	  phrases: ['^查快递$']       # start it without a model; RE2 over the folded message
//	slots:
//	  number:
//	    title: 运单号
//	    entities: [tracking_number] # types of nlu.EntityType that fill it
//	    pattern: '[A-Za-z0-9]{8,}'  # or the whole message, when it fits
//	    validate: 'len(value) > 7'  # condition over value
//	    attribute: tracking_number  # or the page the chat was opened from
//	    remember: true              # or what was told earlier in the conversation
//	  received:
//	    intents: {parcel_lost: 'no'}    # or the intent of the message
//	    phrases: {'没(有)?收到': 'no'}  # or a wording; RE2 over the folded message
//	steps:                          # the first one begins
//	  - id: begin
//	    when:                       # the first true branch; the last has no if
//	      - {if: 'number != ""', goto: track}
//	      - {goto: ask}
//	  - id: ask
//	    collect: {slot: number, prompt: [请发一下运单号], limit: 3, otherwise: person}
//	    next: track
//	  - id: track
//	    action: {name: parcel.track, args: {number: '{{.number}}'}, as: parcel, timeout: 3s}
//	    on: {ok: show, not_found: ask_again, default: person}
//	  - id: pick
//	    choose: {slot: number, from: 'orders.items', value: '{{.item.tracking}}', title: '{{.item.product}}', prompt: [哪一单？], empty: ask}
//	    next: track
//	  - id: show
//	    say: ['{{.parcel.carrier_name}}：{{.parcel.latest}}']
//	    next: end
//	  - id: person
//	    handoff: {reason: business, say: [这就请同事来看]}
//	  - id: end
//	    end: done                   # done, cancelled or failed
//
// Any step may have clear: [slot, …], done on entering it. Conditions are
// expr-lang, wordings Go templates; both see the slots (text, empty when
// unknown), the results of actions under their as names (with .fault), and
// customer, shop, bot and page (the page's attributes).
package flow
