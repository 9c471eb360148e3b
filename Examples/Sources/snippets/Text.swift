// swift-format-ignore-file
// The Swift of Guides/Text.md, as it stands there.
import Glia

func text1() throws {
  let messages = try Table(csv: "sms-spam.tsv", names: ["label", "text"])
  messages["text"]?.type                              // .text
  let model = try TabularModel.fit(messages, target: "label")
  try model.save(to: "sms-spam.safetensors")
  try model.predict(Table([Column("text", text: ["You have WON a prize, call 0800 123 456"])])).classes
}
