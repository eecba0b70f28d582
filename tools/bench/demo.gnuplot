# The picture of tools/demo: three waveforms, whole and two seconds of them. The variables are set
# by the caller: work out seconds zoom channel copies bitrate with_copies without repaired.

set terminal pngcairo size 1400,1150 font "DejaVu Sans,11"
set output out
set multiplot title sprintf("Speech over a lossy network: %s, %g kbit/s", channel, bitrate) \
	font "DejaVu Sans,15"

blue = "#1f4e79"; red = "#d62728"; green = "#2ca02c"
set lmargin at screen 0.065
set rmargin at screen 0.985
set border 3 lc rgb "#666666"
set tics nomirror out
set ytics -0.5, 0.5, 0.5
set grid ytics lc rgb "#dddddd"
set style fill solid noborder
unset key

stats work . "/sent.0" using 3 name "high" nooutput
stats work . "/sent.0" using 2 name "low" nooutput
peak = high_max > -low_min ? high_max : -low_min
set yrange [-peak * 1.08:peak * 1.08]

# A row of the page: row counts from the top; the waveform over the marked stretches.
top(row) = row < 3 ? 0.885 - row * 0.137 : 0.425 - (row - 3) * 0.137
height = 0.105
place = 'set tmargin at screen top(row); set bmargin at screen top(row) - height'
marks(means) = work . "/" . means
wave(name) = work . "/" . name . "." . (row < 3 ? "0" : zoom)

names = "sent with-copies without"
do for [row = 0:5] {
	name = word(names, row % 3 + 1)
	@place
	if (row < 3) { set xrange [0:seconds]; set xtics 2; set mxtics 2 } \
	else { set xrange [zoom + 0:zoom + 2]; set xtics 0.2; set mxtics 2 }
	set xlabel (row % 3 == 2 ? "seconds" : "") offset 0, 0.4
	set format x (row % 3 == 2 ? "%g" : "")
	set label 1 (row % 3 == 0 ? "sent" . (row < 3 ? "" : ", two seconds of it") : \
		row == 4 ? sprintf("heard with %d copies", copies) : row == 5 ? "heard without copies" : \
		row % 3 == 1 ? sprintf("heard with %d copies in each packet: %s frames played from a copy, %s concealed", \
			copies, repaired, with_copies) : \
		sprintf("heard without copies: %s frames concealed", without)) \
		at graph 0, 1.1 font "DejaVu Sans,12"
	if (row % 3 == 0) {
		plot 0 lc rgb blue lw 0.5, wave(name) using 1:2:3 with filledcurves lc rgb blue
	} else {
		plot marks(name . ".redundant") using (0):(0):1:2:(-peak * 1.08):(peak * 1.08) \
				with boxxyerror lc rgb "#a0" . green[2:*] , \
			marks(name . ".concealed") using (0):(0):1:2:(-peak * 1.08):(peak * 1.08) \
				with boxxyerror lc rgb "#60" . red[2:*], \
			0 lc rgb blue lw 0.5, wave(name) using 1:2:3 with filledcurves lc rgb blue
	}
}

# What the colours mean.
unset tics; unset border; unset grid; unset xlabel; unset label
set tmargin at screen 0.955; set bmargin at screen 0.925
set xrange [0:1]; set yrange [0:1]
set object 1 rectangle from 0.42, 0.2 to 0.445, 0.8 fc rgb red fs transparent solid 0.6 noborder
set label 1 "concealed: nothing of the frame came" at 0.45, 0.5
set object 2 rectangle from 0.70, 0.2 to 0.725, 0.8 fc rgb green fs transparent solid 0.4 noborder
set label 2 "played from a copy in a later packet" at 0.73, 0.5
plot 2 notitle
unset multiplot
