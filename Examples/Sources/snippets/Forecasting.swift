// swift-format-ignore-file
// The Swift of Guides/Forecasting.md, as it stands there.
import Glia

func forecasting1() throws {
  let series = try TimeSeries(Table(csv: "airline-passengers.csv"), time: "Month", targets: ["Passengers"])
  series.notes                                       // what was found and repaired, a sentence each
  var options = ForecastOptions()
  options.testSteps = 12
  let model = try ForecastModel.fit(series, horizon: 12, options: options)
  model.report.backtest.network.channels[0]["rmse"]  // beside model.report.backtest.entries[1...]
  let next = try model.forecast(series)              // twelve months past the end
  next["Passengers"]!.values                         // and .lower, .upper
  try model.save(to: "airline.safetensors")
}

func forecasting2() throws {
  let panel = try SeriesPanel(Table(csv: "months.csv"), series: "series", time: "time", targets: ["value"])
  let model = try ForecastModel.fit(panel, horizon: 12)
  try model.forecast(panel)["passengers"]!["value"]!.values
}
