#!/usr/bin/env Rscript
# How does ozone depend on sun, wind and temperature?
# Fits a linear model to one CSV file and writes its numbers, a plot and a report.
#
#   Rscript airquality.R --input airquality.csv --out results/

suppressPackageStartupMessages(library(argparse))

parser <- ArgumentParser(description = "Fit Ozone ~ Solar.R + Wind + Temp")
parser$add_argument("--input", required = TRUE, help = "CSV file with the columns Ozone, Solar.R, Wind, Temp")
parser$add_argument("--out", default = "out", help = "folder for the results [%(default)s]")
parser$add_argument("--confidence", type = "double", default = 0.95,
                    help = "level of the confidence intervals [%(default)s]")
args <- parser$parse_args()

bad_input <- function(...) {  # 65 is EX_DATAERR: the data is at fault, trying again would not help
  message("airquality: ", args$input, ": ", ...)
  quit(save = "no", status = 65)
}

# Read ----------------------------------------------------------------------------------------------------------------
needed <- c("Ozone", "Solar.R", "Wind", "Temp")
if (file.access(args$input, mode = 4) != 0) stop("cannot read ", args$input)
data <- tryCatch(read.csv(args$input), error = function(e) bad_input(conditionMessage(e)))
missing <- setdiff(needed, names(data))
if (length(missing) > 0) bad_input("no column ", paste(missing, collapse = ", "), "; it has ", toString(names(data)))
text <- Filter(function(column) !is.numeric(data[[column]]) && !all(is.na(data[[column]])), needed)
if (length(text) > 0) bad_input("not numbers in column ", paste(text, collapse = ", "))

complete <- data[complete.cases(data[needed]), ]
message(nrow(data), " days, ", nrow(complete), " of them complete")
if (nrow(complete) < 5) bad_input("only ", nrow(complete), " complete rows; the model needs at least 5")

# Fit -----------------------------------------------------------------------------------------------------------------
model <- lm(Ozone ~ Solar.R + Wind + Temp, data = complete)
fit <- summary(model)
limits <- confint(model, level = args$confidence)

# Write ---------------------------------------------------------------------------------------------------------------
dir.create(args$out, showWarnings = FALSE, recursive = TRUE)
path <- function(name) file.path(args$out, name)

png(path("fit.png"), width = 900, height = 700, res = 110, type = "cairo")
par(mar = c(4.2, 4.2, 2.5, 1), las = 1, family = "DejaVu Sans")
range <- range(c(complete$Ozone, fitted(model)))
plot(fitted(model), complete$Ozone, xlim = range, ylim = range, pch = 21, cex = 1.2, col = "grey35",
     bg = hcl.colors(32, "Blue-Red")[cut(complete$Temp, 32, labels = FALSE)],
     xlab = "fitted ozone (ppb)", ylab = "measured ozone (ppb)",
     main = sprintf("Ozone by sun, wind and temperature: R\u00b2 = %.2f, n = %d", fit$r.squared, nrow(complete)))
abline(0, 1, lty = 2, col = "grey40")
legend("bottomright", bty = "n", pch = 21, pt.cex = 1.2, col = "grey35", pt.bg = hcl.colors(32, "Blue-Red")[c(1, 32)],
       legend = paste0(range(complete$Temp), " \u00b0F"))
invisible(dev.off())

coefficients <- data.frame(term = rownames(fit$coefficients), estimate = fit$coefficients[, 1],
                           low = limits[, 1], high = limits[, 2], p = fit$coefficients[, 4], row.names = NULL)
write.csv(coefficients, path("coefficients.csv"), row.names = FALSE)

row <- function(r) sprintf("<tr><th>%s<td>%.4f<td>%.4f … %.4f<td>%.2g</tr>", r$term, r$estimate, r$low, r$high, r$p)
plot_base64 <- jsonlite::base64_enc(readBin(path("fit.png"), "raw", file.size(path("fit.png"))))
writeLines(con = path("report.html"), c(
  '<!doctype html><html lang="en"><meta charset="utf-8"><title>Air quality</title>',
  "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}",
  "img{max-width:100%}table{border-collapse:collapse}td,th{padding:.2rem .9rem;text-align:right;",
  "border-bottom:1px solid #ccc}th{text-align:left}</style>",
  "<h1>Air quality</h1>",
  sprintf("<p>%d days, %d of them complete. Mean ozone <b>%.1f ppb</b>; the model explains <b>%.0f %%</b> of it.</p>",
          nrow(data), nrow(complete), mean(complete$Ozone), 100 * fit$r.squared),
  sprintf('<img alt="Measured against fitted ozone" src="data:image/png;base64,%s">', gsub("\n", "", plot_base64)),
  sprintf("<table><tr><th>Term<th>Estimate<th>%g %% interval<th>p</tr>", 100 * args$confidence),
  vapply(split(coefficients, seq_len(nrow(coefficients))), row, ""), "</table></html>"))

jsonlite::write_json(path = path("outputs.json"), auto_unbox = TRUE, digits = NA, list(
  n = nrow(complete),
  r2 = fit$r.squared,
  ozone_mean = mean(complete$Ozone),
  ozone_max = max(complete$Ozone),
  solar_effect = coef(model)[["Solar.R"]],
  wind_effect = coef(model)[["Wind"]],
  temp_effect = coef(model)[["Temp"]]))
message(sprintf("R2 %.3f, mean ozone %.1f ppb", fit$r.squared, mean(complete$Ozone)))
