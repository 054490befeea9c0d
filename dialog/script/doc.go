// Package script is the .conv language: conversations written down, to be
// replayed against a bot. A script is a list of lines; blank ones and those
// that begin with # say nothing.
//
//	bot demo                       which bot (before the first message)
//	customer c1001                 who is signed in
//	profile bot_name=小云            name, bot_name, miss_limit; menu, handoff_phrases with |
//	page order=YX202611210023      attributes of the page the chat is on
//	user 我的快递到哪了               a message of the visitor
//	send k1 我的快递到哪了            the same under an idempotency key
//	bot ~ 尾号                      the next reply contains this; /…/ is RE2; ! turns it round
//	bot kind flow                  of the reply seen last: its kind,
//	bot button 不用了                a button that it has
//	expect intent parcel_track     of the turn: see below
//	at +31m                        time passes; what it makes due is said: see auto
//	auto waiting after=60s         an automatic reply (package autoreply): first_message,
//	                               waiting, off_hours, slow_agent, silent_visitor, closing,
//	                               as built in but for after, every, close, most, channel,
//	                               menu=A|B, before=answer
//	auto say 请稍候                  one more wording of the auto line before
//	hours 1-5 09:00-18:00          business hours on days of the week
//	queue 3                        the place in the queue
//	agent claim 小林                an agent takes the conversation; also
//	agent reply 您好                reply, release and close
//	visitor close                  the visitor leaves
//	backend parcel down            parcel or order: down, slow (no answer in time), up
//	nlu down                       the models; up again; kb likewise
//	nlu 就那样吧 => unclear 0.8 negative 0.9     how a message is understood
//	nlu 写首诗吧 => ship_time 0.8 | out 0.9       and what else is read: out of scope,
//	                               emotion anger 0.9, risk 0.9 (of the conversation that
//	                               ends with it), part 退货 return_policy 0.8 (of several)
//	kb 邮费多少 => d031 0.93         which article answers, how probably
//	article d031 运费怎么算 => 满 59 元包邮    an article
//	with real nlu                  run only where the real models are
//
// expect knows: intent X · slot name=value (empty: not told) · status S ·
// event T · no event T · reason R · flow F, F@step or none · replies N · silent ·
// misses N · owner NAME · tag T · priority N · group G · fact NAME=part ·
// summary ~ part · degraded nlu, kb or none · duplicate · error CODE (of the
// line before) · answer ID.
//
// With real models, nlu and kb lines are left out of account: the same script
// then measures the models. A script with article lines is skipped: the real
// knowledge base has others.
package script
